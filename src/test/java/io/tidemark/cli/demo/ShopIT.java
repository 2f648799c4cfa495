package io.tidemark.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.job.Databases;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import io.tidemark.verify.ComparisonReport;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ShopIT {

  private static final long ROWS = Long.getLong("shop.rows", 20_000);

  @RegisterExtension static final Loans LOANS = new Loans();

  @ParameterizedTest
  @CsvSource({"POSTGRES, 5000", "MYSQL, 2000", "MARIADB, 2000"})
  void writersChangeEverythingButTheBooks(DemoDatabase database, long transactions)
      throws Exception {
    Server server = server(database);
    server.createDatabase("busy");
    Shop shop = new Shop(server.spec("busy"));
    long start = System.nanoTime();
    shop.fill(ROWS);
    System.out.printf("filled %,d rows in %,d ms%n", ROWS, (System.nanoTime() - start) / 1000000);
    if (database == DemoDatabase.POSTGRES) {
      server.execute("postgres", "CREATE DATABASE before TEMPLATE busy");
    }
    try (Connection books = shop.connect()) {
      assertThat(rows(books)).isEqualTo(ROWS);
      Shop.Books opening = Shop.Books.read(books);
      start = System.nanoTime();
      try (ShopWriters writers = ShopWriters.start(shop, 4, OptionalDouble.empty())) {
        while (writers.transactions() < transactions && writers.failure().isEmpty()) {
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
      server.execute("busy", "UPDATE accounts SET balance = balance + 1 WHERE id = 1");
      assertThat(Shop.Books.read(books).agreeWith(opening)).isFalse();
    }
    if (database == DemoDatabase.POSTGRES) {
      assertEveryTableHasChanged(server);
    }
  }

  private static void assertEveryTableHasChanged(Server server) {
    ComparisonReport report =
        Databases.compare(
            server.spec("before"),
            server.spec("busy"),
            new Selection(List.of("public.*"), Map.of(), Map.of()),
            Renaming.none());
    System.out.println("compared in " + report.took());
    assertThat(report.sourceRows()).isEqualTo(ROWS);
    assertThat(report.tables()).allSatisfy(table -> assertThat(table.differences()).isPositive());
  }

  @ParameterizedTest
  @EnumSource(names = {"MYSQL", "MARIADB"})
  void isTheSameShopAsOnPostgres(DemoDatabase database) throws Exception {
    Server server = server(database);
    PostgresServer postgres = LOANS.postgres("shop");
    String origin = "same_as_" + database;
    server.createDatabase("same");
    postgres.createDatabase(origin);
    new Shop(server.spec("same")).fill(2_000);
    new Shop(postgres.spec(origin)).fill(2_000);
    // References are random, and the moments of accounts are those of filling them.
    for (String table : List.of("payments", "accounts")) {
      server.execute("same", "DELETE FROM " + table);
      postgres.execute(origin, "DELETE FROM " + table);
    }
    ComparisonReport report =
        Databases.compare(
            postgres.spec(origin),
            server.spec("same"),
            new Selection(List.of("public.*"), Map.of(), Map.of()),
            new Renaming(Map.of(), Map.of("public", "same")));
    assertThat(report.findings()).isEmpty();
    assertThat(report.sourceRows()).isEqualTo(1_640);
  }

  private static Server server(DemoDatabase database) {
    return switch (database) {
      case POSTGRES -> LOANS.postgres("shop");
      case MYSQL -> LOANS.mySql("shop", MySqlVendor.MYSQL);
      case MARIADB -> LOANS.mySql("shop", MySqlVendor.MARIADB);
    };
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
