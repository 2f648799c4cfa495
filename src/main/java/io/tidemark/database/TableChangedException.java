package io.tidemark.database;

/**
 * A table was rewritten, truncated or altered under an open session, so that the session no longer
 * sees it as of its snapshot. The chunk has to be read again in a new session.
 */
public final class TableChangedException extends DatabaseException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message which table, and what became of it
   */
  public TableChangedException(String message, Throwable cause) {
    super(Kind.RETRYABLE, message, cause);
  }

  /**
   * @param message which table, and what became of it
   */
  public TableChangedException(String message) {
    super(Kind.RETRYABLE, message);
  }
}
