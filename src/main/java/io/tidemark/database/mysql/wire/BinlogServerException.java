package io.tidemark.database.mysql.wire;

import java.io.IOException;

/** The server answered with an error on the connection that carries the log. */
public final class BinlogServerException extends IOException {

  private static final long serialVersionUID = 1L;

  private final int code;

  /**
   * @param code the server's number for it (MySQL error message reference)
   */
  BinlogServerException(int code, String sqlState, String message) {
    super(message + " (error " + code + ", SQLSTATE " + sqlState + ")");
    this.code = code;
  }

  /** The server's number for the error (MySQL error message reference). */
  public int code() {
    return code;
  }
}
