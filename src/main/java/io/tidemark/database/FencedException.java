package io.tidemark.database;

/**
 * A newer writer has taken the stream over. This one changed nothing, and must not try again: a
 * restart would take the stream away from its new owner.
 */
public final class FencedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * @param epoch under which the replaced writer wrote
   * @param detail how it found out, for the message
   */
  public FencedException(String stream, long epoch, String detail) {
    super(
        "stream "
            + stream
            + ": this job writes under epoch "
            + epoch
            + " and has been replaced ("
            + detail
            + "). It changed nothing after that and stops for good. If the newer job is not wanted,"
            + " cancel that one and start this one again.");
  }
}
