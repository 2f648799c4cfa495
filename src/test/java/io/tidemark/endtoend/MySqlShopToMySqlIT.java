package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.JobRun;
import io.tidemark.cli.StreamProgress;
import io.tidemark.cli.demo.EmbeddedMySql;
import io.tidemark.cli.demo.Flavour;
import io.tidemark.cli.demo.Shop;
import io.tidemark.cli.demo.ShopWriters;
import io.tidemark.database.ExistingRows;
import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.job.PreparedJob;
import io.tidemark.job.TidemarkJob;
import io.tidemark.testing.MySqlServers;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A shop with writers at work on it, copied between MySQL and MariaDB and then streamed. */
class MySqlShopToMySqlIT {

  private static final Duration LONG = Duration.ofSeconds(180);
  private static final String NAME = "shop";

  private static final List<String> TABLES =
      List.of(
          "customers", "products", "orders", "order_lines", "payments", "accounts", "transfers");

  @ParameterizedTest
  @CsvSource({"MYSQL, MYSQL", "MARIADB, MARIADB"})
  void copiesAShopUnderWrites(Flavour from, Flavour to) throws Exception {
    try (EmbeddedMySql source = MySqlServers.start(from);
        EmbeddedMySql target = MySqlServers.start(to)) {
      source.createDatabase(NAME);
      target.createDatabase(NAME);
      Shop shop = new Shop(source.spec(NAME));
      shop.fill(20_000);
      Shop.Books opening;
      try (Connection connection = source.connect(NAME)) {
        opening = Shop.Books.read(connection);
      }
      List<String> findings = new ArrayList<>();
      try (ShopWriters writers = ShopWriters.start(shop, 3, OptionalDouble.of(100))) {
        PreparedJob prepared =
            PreparedJob.prepare(job(source, target), findings::add)
                .orElseThrow(() -> new AssertionError(String.join("\n", findings)));
        try (JobRun run = JobRun.start(prepared, Optional.empty(), 0)) {
          await(run, "consistent", () -> run.progress().map(StreamProgress::consistent));
          long before = writers.transactions();
          await(
              run,
              "200 transactions on, with books that agree",
              () -> {
                try (Connection connection = target.connect(NAME)) {
                  Shop.Books books = Shop.Books.read(connection);
                  assertThat(books.agreeWith(opening))
                      .as("%s instead of %s", books, opening)
                      .isTrue();
                }
                return Optional.of(writers.transactions() > before + 200);
              });
          writers.stop();
          assertThat(writers.failure()).isEmpty();
          await(run, "finished", () -> run.progress().map(StreamProgress::finished));
          await(run, "equal", () -> Optional.of(differences(source, target).isEmpty()));
          run.stop(Duration.ofSeconds(30));
        }
        assertThat(differences(source, target)).isEmpty();
      }
    }
  }

  private static TidemarkJob job(EmbeddedMySql source, EmbeddedMySql target) {
    return new TidemarkJob(
        NAME,
        source.spec(NAME),
        new Selection(List.of(NAME + ".*"), Map.of(), Map.of()),
        target.spec(NAME),
        ExistingRows.FAIL,
        Renaming.none(),
        new TidemarkJob.Copy(Duration.ofSeconds(2), 2_000, 2, 8L << 30),
        new TidemarkJob.Checkpoint(Duration.ofSeconds(1), Optional.empty()));
  }

  private static void await(JobRun run, String what, Callable<Optional<Boolean>> condition)
      throws Exception {
    long deadline = System.nanoTime() + LONG.toNanos();
    while (!condition.call().orElse(false)) {
      if (run.awaitEnd(Duration.ofMillis(200)) || System.nanoTime() > deadline) {
        StringWriter trace = new StringWriter();
        run.newFailure().ifPresent(failure -> failure.printStackTrace(new PrintWriter(trace)));
        run.fatalFailure().ifPresent(failure -> failure.printStackTrace(new PrintWriter(trace)));
        throw new AssertionError("the job is not " + what + ": " + run.progress() + "\n" + trace);
      }
    }
  }

  /** Tables whose rows are not the same on both sides, in all columns, byte by byte. */
  private static List<String> differences(EmbeddedMySql source, EmbeddedMySql target)
      throws SQLException {
    List<String> differences = new ArrayList<>();
    try (Connection here = source.connect(NAME);
        Connection there = target.connect(NAME)) {
      for (String table : TABLES) {
        List<String> left = rows(here, table);
        List<String> right = rows(there, table);
        if (!left.equals(right)) {
          left.removeAll(new java.util.HashSet<>(right));
          differences.add(
              table + ": " + right.size() + " rows; only at the source: " + left.size());
        }
      }
    }
    return differences;
  }

  private static List<String> rows(Connection connection, String table) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT * FROM " + table)) {
      int width = result.getMetaData().getColumnCount();
      while (result.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= width; i++) {
          row.append(result.getString(i)).append('|');
        }
        rows.add(row.toString());
      }
    }
    rows.sort(null);
    return rows;
  }
}
