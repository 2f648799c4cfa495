package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Churn;
import io.tidemark.endtoend.fixture.HookedJob;
import io.tidemark.endtoend.fixture.HookedSource.Hooks;
import io.tidemark.endtoend.fixture.HookedSource.Lie;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import io.tidemark.verify.ComparisonReport;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Parts of tables, under other names, in many short cycles under writes. */
class SelectionIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  /** The schema that is copied: MySQL's schemas are its databases. */
  private static String app(TwoServers.Pair pair) {
    return pair.source().vendor() == Vendor.POSTGRES ? "app" : pair.name() + "_app";
  }

  private static void createTables(TwoServers.Pair pair) throws SQLException {
    Vendor vendor = pair.source().vendor();
    boolean postgres = vendor == Vendor.POSTGRES;
    List<String> statements = new ArrayList<>();
    statements.add("CREATE SCHEMA app");
    statements.add(
        "CREATE TABLE app.filtered (id int PRIMARY KEY, region varchar(10), n int, hidden text,"
            + " large text)");
    statements.add(
        "INSERT INTO app.filtered SELECT i, CASE i % 3 WHEN 0 THEN 'eu' WHEN 1 THEN 'us' END, i,"
            + (" 'h', CASE WHEN i % 20 = 0 THEN repeat(" + vendor.hash("i") + ", 100) END FROM ")
            + vendor.series(1, 20_000));
    statements.add(
        "CREATE TABLE app.\"filtered.by text\" (\"the key\" varchar(40) COLLATE %s PRIMARY KEY,"
                .formatted(postgres ? "\"en-x-icu\"" : "utf8mb4_general_ci")
            + " ok boolean)");
    statements.add(
        "INSERT INTO app.\"filtered.by text\" SELECT %s, i %% 2 = 0 FROM %s"
            .formatted(vendor.hash("i"), vendor.series(1, 20_000)));
    statements.add(
        "CREATE TABLE app.narrow (secret text, id int PRIMARY KEY, a int, b text, c int)");
    statements.add(
        "INSERT INTO app.narrow SELECT 's', i, i, 'b', i FROM " + vendor.series(1, 20_000));
    statements.add(
        "CREATE TABLE app.orders (id %s PRIMARY KEY, note text)"
            .formatted(postgres ? "serial" : "int AUTO_INCREMENT"));
    statements.add("INSERT INTO app.orders (note) SELECT 'o' FROM " + vendor.series(1, 1000));
    statements.add(
        "CREATE TABLE app.lines (id int PRIMARY KEY, orders int,"
            + " FOREIGN KEY (orders) REFERENCES app.orders (id))");
    statements.add("INSERT INTO app.lines SELECT i, i FROM " + vendor.series(1, 1000));
    statements.add("CREATE TABLE app.left_out (id int PRIMARY KEY)");
    if (postgres) {
      statements.add("ALTER TABLE app.filtered REPLICA IDENTITY FULL");
      statements.add("ALTER TABLE app.filtered ALTER COLUMN large SET STORAGE EXTERNAL");
      statements.add("ALTER TABLE app.\"filtered.by text\" REPLICA IDENTITY FULL");
      statements.add("ANALYZE");
    }
    pair.execute(statements.stream().map(sql -> in(pair, sql)).toArray(String[]::new));
  }

  /** The statement, where the pair has its schema. */
  private static String in(TwoServers.Pair pair, String sql) {
    String named =
        sql.replace("app.", app(pair) + ".").replace("SCHEMA app", "SCHEMA " + app(pair));
    // MySQL reserves this name.
    return pair.source().vendor() == Vendor.POSTGRES
        ? named
        : named.replace(".lines", ".\"lines\"");
  }

  @ParameterizedTest
  @EnumSource(
      names = {"POSTGRES_TO_POSTGRES", "MYSQL_TO_MYSQL", "MYSQL_TO_POSTGRES", "POSTGRES_TO_MYSQL"})
  void rowsMoveInAndOutOfAFilterAndColumnsStayBehind(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("selection");
    createTables(pair);
    String app = app(pair);
    TableId filtered = new TableId(app, "filtered");
    TableId narrow = new TableId(app, "narrow");
    Selection selection =
        new Selection(
            List.of(app + ".*", "!" + app + ".left*"),
            Map.of(
                filtered, List.of("id", "region", "n", "large"), narrow, List.of("id", "c", "b")),
            Map.of(
                filtered,
                "region = 'eu' AND n % 5 < 3 -- a few",
                new TableId(app, "filtered.by text"),
                "ok"));
    Renaming renaming =
        new Renaming(
            Map.of(
                new TableId(app, "lines"),
                new TableId(
                    route.target() == Vendor.POSTGRES ? "other" : pair.name() + "_other",
                    "Lines of \"orders\"")),
            Map.of(app, "copy of " + pair.name()));
    AtomicLong cycles = new AtomicLong();
    AtomicLong reads = new AtomicLong();
    Hooks hooks =
        new Hooks(
            cycles::incrementAndGet,
            () -> {
              TimeUnit.MILLISECONDS.sleep(15);
              // A table that is rewritten while a session is open must not look empty to it.
              if (route.source() == Vendor.POSTGRES && reads.incrementAndGet() % 20 == 5) {
                rewrite(pair);
              }
            });
    JobSettings settings =
        JobSettings.of(pair)
            .selection(selection)
            .renaming(renaming)
            .cycle(Duration.ofMillis(300))
            .chunkRows(1_000)
            .checkpointInterval(Duration.ofMillis(250));
    try (Churn churn = new Churn().start(pair, 2, 250, random -> transaction(pair, random));
        HookedJob job = HookedJob.start(settings, Lie.NONE, hooks, () -> {})) {
      job.awaitConsistent();
      long before = churn.committed();
      job.awaitFinished();
      job.await("further on", () -> churn.committed() > before + 400);
      churn.stop();
      pair.execute(
          in(pair, "TRUNCATE TABLE app.lines"),
          in(pair, "INSERT INTO app.lines VALUES (1, 1), (2, 2)"));
      job.awaitCaughtUp();
      ComparisonReport report = pair.compare(selection, renaming);
      assertThat(report.findings()).isEmpty();
      assertThat(report.sourceRows()).isGreaterThan(25_000);
      assertThat(report.tables()).hasSize(5).allMatch(table -> table.sourceRows() > 1);
      assertThat(cycles.get()).as("copy cycles").isGreaterThan(1);
      assertThat(job.latestFailure()).isEmpty();
      pair.target()
          .execute(pair.name(), "SELECT id, c, b FROM \"copy of " + pair.name() + "\".narrow");
    }
  }

  private static void rewrite(TwoServers.Pair pair) throws SQLException {
    pair.execute(
        "SET lock_timeout = '2s'",
        "VACUUM FULL app.narrow",
        "CLUSTER app.filtered USING filtered_pkey");
  }

  private static List<String> transaction(TwoServers.Pair pair, Random random) {
    return statements(pair.source().vendor(), random).stream().map(sql -> in(pair, sql)).toList();
  }

  private static List<String> statements(Vendor vendor, Random random) {
    int n = 1 + random.nextInt(20_000);
    int m = 1 + random.nextInt(25_000);
    return switch (random.nextInt(10)) {
      case 0 ->
          List.of("UPDATE app.filtered SET region = 'us' WHERE id IN (%d, %d)".formatted(n, m));
      case 1 ->
          List.of("UPDATE app.filtered SET region = 'eu' WHERE id IN (%d, %d)".formatted(n, m));
      case 2 -> List.of("UPDATE app.filtered SET n = n + 1 WHERE id = " + (n - n % 20));
      case 3 ->
          List.of(
              "DELETE FROM app.filtered WHERE id = " + m,
              "UPDATE app.filtered SET id = %d WHERE id = %d".formatted(m, n - n % 20));
      case 4 ->
          List.of(
              vendor.insertNew(
                  "app.filtered (id, region, n) VALUES (%d, 'eu', %d)".formatted(m, n)),
              "UPDATE app.filtered SET region = NULL WHERE id = " + n,
              "UPDATE app.filtered SET region = 'eu', n = n + 2 WHERE id = " + n);
      case 5 ->
          List.of(
              "UPDATE app.\"filtered.by text\" SET ok = NOT ok WHERE \"the key\" = "
                  + vendor.hash("'" + n + "'"));
      case 6 ->
          List.of(
              "UPDATE app.\"filtered.by text\" SET \"the key\" = %s, ok = NULLIF(ok, %s)"
                      .formatted(vendor.hash("'" + m + "'"), m % 2 == 0)
                  + " WHERE \"the key\" = "
                  + vendor.hash("'" + n + "'"));
      case 7 -> List.of("UPDATE app.narrow SET secret = secret || '!' WHERE id = " + n);
      case 8 -> List.of("UPDATE app.narrow SET c = c + 1, a = NULL WHERE id = " + n);
      default ->
          List.of(
              vendor.insertNew("app.left_out VALUES (%d)".formatted(n)),
              "INSERT INTO app.orders (note) VALUES ('new')",
              vendor.insertNew("app.lines SELECT max(id), max(id) FROM app.orders"));
    };
  }
}
