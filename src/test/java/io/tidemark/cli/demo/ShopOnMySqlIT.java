package io.tidemark.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.testing.MySqlServers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShopOnMySqlIT {

  private static final long ROWS = Long.getLong("shop.rows", 20_000);

  @ParameterizedTest
  @EnumSource
  void writersChangeEverythingButTheBooks(Flavour flavour) throws Exception {
    try (EmbeddedMySql server = MySqlServers.start(flavour)) {
      server.createDatabase("shop");
      Shop shop = new Shop(server.spec("shop"));
      long start = System.nanoTime();
      shop.fill(ROWS);
      System.out.printf("filled %,d rows in %,d ms%n", ROWS, (System.nanoTime() - start) / 1000000);
      try (Connection books = shop.connect()) {
        assertThat(rows(books)).isEqualTo(ROWS);
        Shop.Books opening = Shop.Books.read(books);
        start = System.nanoTime();
        try (ShopWriters writers = ShopWriters.start(shop, 4, OptionalDouble.empty())) {
          while (writers.transactions() < 2_000 && writers.failure().isEmpty()) {
            assertThat(Shop.Books.read(books).agreeWith(opening)).isTrue();
          }
          writers.stop();
          assertThat(writers.failure()).isEmpty();
          assertThat(writers.rolledBack()).isPositive();
          System.out.printf(
              "%,d transactions, %,d conflicts in %,d ms%n",
              writers.transactions(), writers.conflicts(), (System.nanoTime() - start) / 1000000);
        }
        assertThat(Shop.Books.read(books).agreeWith(opening)).isTrue();
        server.execute("shop", "UPDATE accounts SET balance = balance + 1 WHERE id = 1");
        assertThat(Shop.Books.read(books).agreeWith(opening)).isFalse();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void isTheSameShopAsOnPostgres(Flavour flavour) throws Exception {
    try (EmbeddedMySql server = MySqlServers.start(flavour);
        EmbeddedServer postgres = new EmbeddedServer()) {
      server.createDatabase("shop");
      postgres.createDatabase("shop");
      Shop here = new Shop(server.spec("shop"));
      Shop there = new Shop(postgres.spec("shop"));
      here.fill(2_000);
      there.fill(2_000);
      try (Connection one = here.connect();
          Connection other = there.connect()) {
        for (String sql :
            List.of(
                "SELECT sku, name, price, stock, description FROM products ORDER BY stock, name",
                "SELECT id, email, name, born, created_at FROM customers ORDER BY id",
                "SELECT id, customer_id, status, total, note FROM orders ORDER BY id",
                "SELECT order_id, line_no, sku, quantity, price FROM order_lines"
                    + " ORDER BY order_id, line_no")) {
          assertThat(texts(one, sql)).isEqualTo(texts(other, sql));
        }
      }
    }
  }

  private static String texts(Connection connection, String sql) throws SQLException {
    StringBuilder texts = new StringBuilder();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          texts.append(rows.getString(i)).append('|');
        }
        texts.append('\n');
      }
    }
    // PostgreSQL writes the zone, and no zeros at the end of a second.
    return texts.toString().replaceAll("(:\\d\\d)(\\.\\d*?)0*(?:\\+00)?\\|", "$1$2|");
  }

  private static long rows(Connection connection) throws SQLException {
    long rows = 0;
    for (String table :
        List.of("customers", "products", "orders", "order_lines", "payments", "accounts")) {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
        row.next();
        rows += row.getLong(1);
      }
    }
    return rows;
  }
}
