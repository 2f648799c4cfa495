package io.tidemark.hostile;

import io.tidemark.endtoend.fixture.Vendor;
import java.sql.SQLException;
import java.sql.Statement;

/** Tables whose rows read otherwise under one setting or another, and who writes to them. */
final class OddTables {

  private static final String POSTGRES_TABLE =
      """
      CREATE TABLE odd (id int PRIMARY KEY, tags text[] NOT NULL, "Mixed" text NOT NULL,
        bytes bytea NOT NULL, at timestamptz NOT NULL, day date, span interval,
        price numeric(12,4), ratio float8, document jsonb, valid boolean)""";

  private static final String POSTGRES_ROWS =
      """
      INSERT INTO odd SELECT i, ARRAY['a', NULL, 'null', E'b\\\\c'], 'x\\y''z' || i, '\\x5c00ff'::bytea,
        '2024-10-27 00:30:00.123456+00'::timestamptz + i * interval '1 hour',
        date '0044-03-15' + i, i * interval '1 day 02:03:04', i / 7.0, i / 3.0::float8,
        '{"a": [1, null]}', i %% 2 = 0 FROM generate_series(%d, %d) AS i""";

  private static final String MYSQL_TABLE =
      """
      CREATE TABLE odd (id INT NOT NULL PRIMARY KEY, first_seen TIMESTAMP NOT NULL,
        last_seen TIMESTAMP(6) NULL, tags LONGTEXT NOT NULL, bytes VARBINARY(9) NOT NULL,
        day DATE NOT NULL, at DATETIME(6), span TIME(3), price DECIMAL(12,4), ratio DOUBLE,
        label VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_swedish_ci NOT NULL,
        kind ENUM('a', 'b') NOT NULL, document JSON)""";

  private static final String MYSQL_ROWS =
      """
      INSERT INTO odd SELECT i, '2024-03-31 01:30:00' + INTERVAL i HOUR,
        '2024-10-27 00:30:00.123456', CONCAT('x', CHAR(92 USING utf8mb4), 'y', CHAR(39 USING utf8mb4), i),
        x'5c00ff', '2024-02-29' + INTERVAL i DAY, '2024-03-31 02:30:00.000001',
        '12:34:56.789', i / 7, i / 3e0, 'gr\u00fcn', 'b', JSON_OBJECT('a', i)
      FROM %s""";

  private final Vendor vendor;
  private final Statement statement;
  private int rows;

  /** Through a session of the test's own, which is no hostile one. */
  OddTables(Vendor vendor, Statement statement) {
    this.vendor = vendor;
    this.statement = statement;
  }

  void create() throws SQLException {
    statement.execute(vendor == Vendor.POSTGRES ? POSTGRES_TABLE : MYSQL_TABLE);
    statement.execute(
        "CREATE TABLE part (odd int NOT NULL, number int NOT NULL, PRIMARY KEY (odd, number),"
            + " FOREIGN KEY (odd) REFERENCES odd (id))");
  }

  /** Inserts rows with these keys, and one of another table for each. */
  void fill(int first, int last) throws SQLException {
    statement.execute(
        vendor == Vendor.POSTGRES
            ? POSTGRES_ROWS.formatted(first, last)
            : MYSQL_ROWS.formatted(vendor.series(first, last)));
    statement.execute("INSERT INTO part SELECT id, 1 FROM odd WHERE id >= " + first);
    rows += 2 * (last - first + 1);
  }

  /** Changes, removes and moves some rows, of which one keeps what a trap would change. */
  void change() throws SQLException {
    statement.execute("UPDATE odd SET price = price + 1, ratio = -ratio WHERE id % 3 = 0");
    statement.execute("DELETE FROM part WHERE odd % 7 = 0");
    statement.execute("DELETE FROM odd WHERE id % 7 = 0");
    statement.execute("UPDATE part SET number = number + 5");
    rows = 0;
    for (String table : new String[] {"odd", "part"}) {
      try (var count = statement.executeQuery("SELECT count(*) FROM " + table)) {
        count.next();
        rows += count.getInt(1);
      }
    }
  }

  /** How many there are. */
  int rows() {
    return rows;
  }
}
