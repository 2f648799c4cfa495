package io.tidemark.database;

/** A value that a column of the target cannot hold. Names table, key and column, not the value. */
public final class ValueRefusedException extends DatabaseException {

  private static final long serialVersionUID = 1L;

  private final String column;
  private final String reason;

  /**
   * @param column its name
   * @param reason why the column cannot hold the value; does not quote it
   */
  public ValueRefusedException(String message, String column, String reason) {
    super(Kind.DATA, message);
    this.column = column;
    this.reason = reason;
  }

  /** The column's name. */
  public String column() {
    return column;
  }

  /** Why the column cannot hold the value; does not quote it. */
  public String reason() {
    return reason;
  }
}
