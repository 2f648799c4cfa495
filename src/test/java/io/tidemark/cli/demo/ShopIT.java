package io.tidemark.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.job.Databases;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ShopIT {

  private static final long ROWS = Long.getLong("shop.rows", 20_000);

  @Test
  void writersChangeEverythingButTheBooks() throws Exception {
    try (EmbeddedServer server = new EmbeddedServer()) {
      server.createDatabase("shop");
      Shop shop = new Shop(server.spec("shop"));
      long start = System.nanoTime();
      shop.fill(ROWS);
      System.out.printf("filled %,d rows in %,d ms%n", ROWS, (System.nanoTime() - start) / 1000000);
      server.execute("postgres", "CREATE DATABASE before TEMPLATE shop");
      try (Connection books = shop.connect()) {
        Shop.Books opening = Shop.Books.read(books);
        try (ShopWriters writers = ShopWriters.start(shop, 4, OptionalDouble.empty())) {
          while (writers.transactions() < 5_000 && writers.failure().isEmpty()) {
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
      var report =
          Databases.compare(
              server.spec("before"),
              server.spec("shop"),
              new Selection(List.of("public.*"), Map.of(), Map.of()),
              Renaming.none());
      System.out.println("compared in " + report.took());
      assertThat(report.sourceRows()).isEqualTo(ROWS);
      assertThat(report.tables()).allSatisfy(table -> assertThat(table.differences()).isPositive());
    }
  }
}
