package io.tidemark.database.postgres.value;

/** A value that a column of PostgreSQL cannot hold. Says why, and does not quote it. */
public final class BadValueException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * @param why as the end of a sentence that starts with the column
   */
  public BadValueException(String why) {
    super(why, null, false, false);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
