package io.tidemark.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.job.Databases;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.PostgresServer;
import io.tidemark.testing.MySqlServers;
import io.tidemark.verify.ComparisonReport;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShopOnMySqlIT {

  private static final long ROWS = Long.getLong("shop.rows", 20_000);

  @ParameterizedTest
  @EnumSource
  void writersChangeEverythingButTheBooks(MySqlVendor vendor) throws Exception {
    try (MySqlServer server = MySqlServers.start(vendor)) {
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
  void isTheSameShopAsOnPostgres(MySqlVendor vendor) throws Exception {
    try (MySqlServer server = MySqlServers.start(vendor);
        PostgresServer postgres = new PostgresServer()) {
      server.createDatabase("shop");
      postgres.createDatabase("shop");
      new Shop(server.spec("shop")).fill(2_000);
      new Shop(postgres.spec("shop")).fill(2_000);
      // References are random, and the moments of accounts are those of filling them.
      for (String table : List.of("payments", "accounts")) {
        server.execute("shop", "DELETE FROM " + table);
        postgres.execute("shop", "DELETE FROM " + table);
      }
      ComparisonReport report =
          Databases.compare(
              postgres.spec("shop"),
              server.spec("shop"),
              new Selection(List.of("public.*"), Map.of(), Map.of()),
              new Renaming(Map.of(), Map.of("public", "shop")));
      assertThat(report.findings()).isEmpty();
      assertThat(report.sourceRows()).isEqualTo(1_640);
    }
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
