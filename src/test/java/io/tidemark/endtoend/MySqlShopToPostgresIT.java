package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.JobRun;
import io.tidemark.cli.StreamProgress;
import io.tidemark.cli.demo.EmbeddedMySql;
import io.tidemark.cli.demo.EmbeddedServer;
import io.tidemark.cli.demo.Flavour;
import io.tidemark.cli.demo.Shop;
import io.tidemark.cli.demo.ShopWriters;
import io.tidemark.database.ExistingRows;
import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.job.Databases;
import io.tidemark.job.PreparedJob;
import io.tidemark.job.TidemarkJob;
import io.tidemark.testing.MySqlServers;
import io.tidemark.verify.ComparisonReport;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A MySQL or MariaDB shop with writers at work on it, copied to PostgreSQL and then streamed. */
class MySqlShopToPostgresIT {

  private static final Duration LONG = Duration.ofSeconds(180);

  private static EmbeddedServer target;

  @BeforeAll
  static void startTarget() {
    target = new EmbeddedServer(Map.of("fsync", "off"));
  }

  @AfterAll
  static void stopTarget() {
    target.close();
  }

  @ParameterizedTest
  @EnumSource(Flavour.class)
  void copiesAShopUnderWrites(Flavour flavour) throws Exception {
    String name = "shop_" + flavour.name().toLowerCase(java.util.Locale.ROOT);
    try (EmbeddedMySql source = MySqlServers.start(flavour)) {
      source.createDatabase(name);
      target.createDatabase(name);
      Shop shop = new Shop(source.spec(name));
      shop.fill(20_000);
      Shop.Books opening;
      try (Connection connection = source.connect(name)) {
        opening = Shop.Books.read(connection);
      }
      List<String> findings = new ArrayList<>();
      try (ShopWriters writers = ShopWriters.start(shop, 3, OptionalDouble.of(100))) {
        PreparedJob prepared =
            PreparedJob.prepare(job(name, source), findings::add)
                .orElseThrow(() -> new AssertionError(String.join("\n", findings)));
        try (JobRun run = JobRun.start(prepared, Optional.empty(), 0)) {
          await(run, "consistent", () -> progress(run).map(StreamProgress::consistent));
          long before = writers.transactions();
          await(
              run,
              "200 transactions on, with books that agree",
              () -> {
                try (Connection connection = target.connect(name);
                    Statement statement = connection.createStatement()) {
                  statement.execute("SET search_path = " + name);
                  Shop.Books books = Shop.Books.read(connection);
                  assertThat(books.agreeWith(opening))
                      .as("%s instead of %s", books, opening)
                      .isTrue();
                }
                return Optional.of(writers.transactions() > before + 200);
              });
          writers.stop();
          assertThat(writers.failure()).isEmpty();
          await(run, "finished", () -> progress(run).map(StreamProgress::finished));
          await(run, "caught up", () -> Optional.of(accounts(source, name).equals(copy(name))));
          await(run, "equal", () -> Optional.of(differences(source, name).isEmpty()));
          run.stop(Duration.ofSeconds(30));
        }
        assertThat(differences(source, name)).isEmpty();
        ComparisonReport report =
            Databases.compare(
                source.spec(name), target.spec(name), selection(name), Renaming.none());
        assertThat(report.findings()).isEmpty();
        assertThat(report.sourceRows()).isGreaterThan(20_000);
      }
    }
  }

  private static TidemarkJob job(String name, EmbeddedMySql source) {
    return new TidemarkJob(
        name,
        source.spec(name),
        selection(name),
        target.spec(name),
        ExistingRows.FAIL,
        Renaming.none(),
        new TidemarkJob.Copy(Duration.ofSeconds(2), 2_000, 2, 8L << 30),
        new TidemarkJob.Checkpoint(Duration.ofSeconds(1), Optional.empty()));
  }

  private static Selection selection(String name) {
    return new Selection(List.of(name + ".*"), Map.of(), Map.of());
  }

  private static Optional<StreamProgress> progress(JobRun run) {
    return run.progress();
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

  private static List<String> accounts(EmbeddedMySql source, String name) throws SQLException {
    try (Connection connection = source.connect(name)) {
      return rows(connection, "SELECT id, balance FROM accounts ORDER BY id");
    }
  }

  private static List<String> copy(String name) throws SQLException {
    try (Connection connection = target.connect(name)) {
      return rows(connection, "SELECT id, balance FROM " + name + ".accounts ORDER BY id");
    }
  }

  /** Tables and columns whose values are not the same on both sides. */
  private static List<String> differences(EmbeddedMySql source, String name) throws SQLException {
    Map<String, String> columns =
        Map.of(
            "customers", "id, email, name, born, created_at",
            "products", "sku, name, price, stock, description, updated_at",
            "orders", "id, customer_id, status, total, note, placed_at",
            "order_lines", "order_id, line_no, sku, quantity, price",
            "payments", "reference, order_id, amount, method, paid_at",
            "accounts", "id, owner, opening, balance, updated_at",
            "transfers", "id, from_account, to_account, amount, at");
    List<String> differences = new ArrayList<>();
    try (Connection here = source.connect(name);
        Connection there = target.connect(name)) {
      try (Statement statement = there.createStatement()) {
        statement.execute("SET TimeZone = 'UTC'");
      }
      for (Map.Entry<String, String> table : columns.entrySet()) {
        String select = "SELECT " + table.getValue() + " FROM ";
        List<String> left = sorted(rows(here, select + table.getKey()));
        List<String> right = sorted(rows(there, select + name + "." + table.getKey()));
        if (!left.equals(right)) {
          left.removeAll(new java.util.HashSet<>(right));
          differences.add(
              table.getKey()
                  + ": "
                  + right.size()
                  + " rows; only at the source: "
                  + left.stream().limit(3).toList());
        }
      }
    }
    return differences;
  }

  private static List<String> sorted(List<String> rows) {
    List<String> sorted = new ArrayList<>(rows);
    sorted.sort(null);
    return sorted;
  }

  private static List<String> rows(Connection connection, String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      int width = result.getMetaData().getColumnCount();
      while (result.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= width; i++) {
          row.append(canonical(result.getString(i))).append('|');
        }
        rows.add(row.toString());
      }
    }
    return rows;
  }

  /** Moments and numbers as both servers would print them. */
  private static String canonical(String value) {
    if (value == null) {
      return "null";
    }
    if (value.matches("-?\\d+(\\.\\d+)?")) {
      return new BigDecimal(value).stripTrailingZeros().toPlainString();
    }
    if (value.matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d.*")) {
      return value.replaceFirst("\\+00$", "").replaceFirst("\\.?0+$", "");
    }
    return value;
  }
}
