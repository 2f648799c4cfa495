package io.tidemark.endtoend;

import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.ServerOrder;

/** Whose server a test copies from or to. */
public enum Vendor {
  POSTGRES,
  MYSQL,
  MARIADB;

  /**
   * A server of a test class, which gives it back at its end: the same one for the same role.
   * Without one for this machine the test is skipped, with a message that says what was tried.
   */
  public TestServer borrow(Loans loans, String role) {
    return new TestServer(loans.borrow(role, order()));
  }

  /** Starts a server of the test's own, which the test closes; else as {@link #borrow}. */
  public TestServer start() {
    return new TestServer(order().start());
  }

  private ServerOrder order() {
    return switch (this) {
      case POSTGRES -> ServerOrder.postgres();
      case MYSQL -> ServerOrder.mySql(MySqlVendor.MYSQL);
      case MARIADB -> ServerOrder.mySql(MySqlVendor.MARIADB);
    };
  }

  /** A table expression with the numbers from {@code first} to {@code last} as column {@code i}. */
  public String series(long first, long last) {
    return this == POSTGRES
        ? "generate_series(%d, %d) AS series (i)".formatted(first, last)
        : ("(WITH RECURSIVE numbers (i) AS (SELECT %d UNION ALL SELECT i + 1 FROM numbers"
                + " WHERE i < %d) SELECT i FROM numbers) AS series")
            .formatted(first, last);
  }

  /** 32 hexadecimal digits that look random. */
  public String hash(String expression) {
    return this == POSTGRES
        ? "md5((" + expression + ")::text)"
        // MySQL has no md5() any more since 9.6.
        : "left(sha2(" + expression + ", 256), 32)";
  }

  /**
   * Inserts rows where there are none with these keys.
   *
   * @param rows the table and its new rows: {@code t VALUES (1)}
   */
  public String insertNew(String rows) {
    return this == POSTGRES
        ? "INSERT INTO " + rows + " ON CONFLICT DO NOTHING"
        : "INSERT IGNORE INTO " + rows;
  }
}
