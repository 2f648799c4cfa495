package io.tidemark.cli.demo;

import io.tidemark.lab.MySqlVendor;
import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/**
 * The shop of an application that was written for MySQL, or MariaDB. Its foreign keys do not
 * cascade: what InnoDB changes by itself is in no row event (MySQL manual, 15.1.20.5 and 19.5.1,
 * before 9.6).
 */
record MySqlShop(MySqlVendor vendor) implements ShopDialect {

  /**
   * Unique and foreign key violations, deadlocks, lock timeouts, and rows changed since they were
   * read (MySQL Server Error Reference).
   */
  private static final Set<Integer> CONFLICTS = Set.of(1062, 1451, 1452, 1213, 1205, 1020);

  private static final List<String> TABLES =
      List.of(
          """
          CREATE TABLE customers (
            id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
            email varchar(200) NOT NULL,
            name varchar(200) NOT NULL,
            address json NOT NULL,
            tags json NOT NULL DEFAULT (json_array()),
            picture mediumblob,
            born date,
            created_at timestamp(6) NOT NULL DEFAULT current_timestamp(6))
          """,
          """
          CREATE TABLE products (
            sku varchar(40) NOT NULL PRIMARY KEY,
            name varchar(200) NOT NULL,
            price decimal(12,2) NOT NULL,
            stock int NOT NULL,
            attributes json NOT NULL,
            description text,
            updated_at timestamp(6) NOT NULL DEFAULT current_timestamp(6))
          """,
          """
          CREATE TABLE orders (
            id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
            customer_id bigint unsigned NOT NULL,
            status enum('new', 'paid', 'shipped', 'returned', 'cancelled') NOT NULL DEFAULT 'new',
            total decimal(14,2) NOT NULL,
            note varchar(500),
            placed_at datetime(6) NOT NULL DEFAULT current_timestamp(6))
          """,
          """
          CREATE TABLE order_lines (
            order_id bigint unsigned NOT NULL,
            line_no smallint NOT NULL,
            sku varchar(40) NOT NULL,
            quantity int NOT NULL,
            price decimal(12,2) NOT NULL,
            PRIMARY KEY (order_id, line_no))
          """,
          """
          CREATE TABLE payments (
            reference char(36) CHARACTER SET ascii NOT NULL DEFAULT (uuid()) PRIMARY KEY,
            order_id bigint unsigned NOT NULL,
            amount decimal(14,2) NOT NULL,
            method varchar(20) NOT NULL,
            paid_at timestamp NOT NULL DEFAULT current_timestamp)
          """,
          """
          CREATE TABLE accounts (
            id int NOT NULL PRIMARY KEY,
            owner varchar(100) NOT NULL,
            opening decimal(14,2) NOT NULL,
            balance decimal(14,2) NOT NULL,
            updated_at timestamp(6) NOT NULL DEFAULT current_timestamp(6))
          """,
          """
          CREATE TABLE transfers (
            id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
            from_account int NOT NULL,
            to_account int NOT NULL,
            amount decimal(14,2) NOT NULL CHECK (amount > 0),
            at timestamp(6) NOT NULL DEFAULT current_timestamp(6))
          """);

  private static final List<String> KEYS =
      List.of(
          "ALTER TABLE customers ADD UNIQUE (email)",
          "ALTER TABLE payments ADD UNIQUE (order_id)",
          "CREATE INDEX orders_customer ON orders (customer_id)",
          "CREATE INDEX orders_open ON orders (status, placed_at)",
          "CREATE INDEX order_lines_sku ON order_lines (sku)",
          "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id)",
          "ALTER TABLE order_lines ADD FOREIGN KEY (order_id) REFERENCES orders (id)",
          "ALTER TABLE order_lines ADD FOREIGN KEY (sku) REFERENCES products (sku)",
          "ALTER TABLE payments ADD FOREIGN KEY (order_id) REFERENCES orders (id)",
          "ALTER TABLE transfers ADD FOREIGN KEY (from_account) REFERENCES accounts (id),"
              + " ADD FOREIGN KEY (to_account) REFERENCES accounts (id)",
          "ANALYZE TABLE customers, products, orders, order_lines, payments, accounts, transfers");

  @Override
  public Connection connect(ConnectionSpec connection) throws SQLException {
    // One driver for both, which knows its own name only.
    return DriverManager.getConnection(
        connection.url().replaceFirst("^jdbc:mariadb:", "jdbc:mysql:"),
        connection.user(),
        connection.password());
  }

  @Override
  public List<String> tables() {
    return TABLES;
  }

  @Override
  public List<String> keys() {
    return KEYS;
  }

  @Override
  public List<String> settingsForFilling() {
    return List.of(
        switch (vendor) {
          case MYSQL -> "SET SESSION cte_max_recursion_depth = 4294967295";
          case MARIADB -> "SET SESSION max_recursive_iterations = 4294967295";
        },
        // Foreign keys are checked when they are made.
        "SET SESSION foreign_key_checks = OFF",
        "SET SESSION group_concat_max_len = 1000000");
  }

  @Override
  public String series(long first, long last) {
    return "(WITH RECURSIVE numbers (i) AS (SELECT "
        + first
        + " UNION ALL SELECT i + 1 FROM numbers WHERE i < "
        + last
        + ") SELECT i FROM numbers) AS series";
  }

  @Override
  public String object(String... namesAndValues) {
    return "json_object(" + String.join(", ", namesAndValues) + ")";
  }

  @Override
  public String list(String... values) {
    return "json_array(" + String.join(", ", values) + ")";
  }

  @Override
  public String bytes(String hex) {
    return "unhex(" + hex + ")";
  }

  @Override
  public String hash(String text) {
    // MySQL has no md5() any more since 9.6.
    return "left(sha2(" + text + ", 256), 32)";
  }

  @Override
  public String escaped(String literal) {
    return literal;
  }

  @Override
  public String status(String text) {
    return text;
  }

  @Override
  public String moment(String start, String seconds) {
    return "timestamp '" + start + "' + interval (" + seconds + ") second";
  }

  @Override
  public String day(String start, String days) {
    return "date '" + start + "' + interval (" + days + ") day";
  }

  @Override
  public String joined(String text) {
    return "group_concat(" + text + " SEPARATOR ' ')";
  }

  @Override
  public String withField(String column, String field, String type) {
    return "json_set(" + column + ", '$." + field + "', ?)";
  }

  @Override
  public String withItem(String column) {
    return "CASE WHEN json_length("
        + column
        + ") > 5 THEN json_array() ELSE json_array_append("
        + column
        + ", '$', ?) END";
  }

  @Override
  public boolean cascades() {
    return false;
  }

  @Override
  public boolean isConflict(SQLException failure) {
    return CONFLICTS.contains(failure.getErrorCode());
  }
}
