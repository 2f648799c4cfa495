package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.endtoend.HookedSource.Hooks;
import io.tidemark.endtoend.HookedSource.Lie;
import io.tidemark.schema.TableId;
import io.tidemark.verify.ComparisonReport;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Parts of tables, under other names, in many short cycles under writes. */
class SelectionIT {

  private static final TableId FILTERED = new TableId("app", "filtered");
  private static final TableId FILTERED_BY_TEXT = new TableId("app", "filtered.by text");
  private static final TableId NARROW = new TableId("app", "narrow");

  private static TwoServers servers;

  @BeforeAll
  static void startServers() {
    servers = TwoServers.start();
  }

  @AfterAll
  static void stopServers() {
    servers.close();
  }

  @Test
  void rowsMoveInAndOutOfAFilterAndColumnsStayBehind() throws Exception {
    TwoServers.Pair pair = servers.pair("selection");
    pair.execute(
        "CREATE SCHEMA app",
        "CREATE TABLE app.filtered (id int PRIMARY KEY, region text, n int, hidden text,"
            + " large text STORAGE EXTERNAL)",
        "ALTER TABLE app.filtered REPLICA IDENTITY FULL",
        "INSERT INTO app.filtered SELECT i, (array['eu','us',NULL])[1 + i % 3], i, 'h',"
            + " CASE WHEN i % 20 = 0 THEN repeat(md5(i::text), 100) END"
            + " FROM generate_series(1, 20000) AS i",
        "CREATE TABLE app.\"filtered.by text\" (\"the key\" text COLLATE \"en-x-icu\" PRIMARY KEY,"
            + " ok boolean)",
        "ALTER TABLE app.\"filtered.by text\" REPLICA IDENTITY FULL",
        "INSERT INTO app.\"filtered.by text\" SELECT md5(i::text), i % 2 = 0"
            + " FROM generate_series(1, 20000) AS i",
        "CREATE TABLE app.narrow (secret text, id int PRIMARY KEY, a int, b text, c int)",
        "INSERT INTO app.narrow SELECT 's', i, i, 'b', i FROM generate_series(1, 20000) AS i",
        "CREATE TABLE app.orders (id serial PRIMARY KEY, note text)",
        "INSERT INTO app.orders (note) SELECT 'o' FROM generate_series(1, 1000)",
        "CREATE TABLE app.lines (id int PRIMARY KEY, orders int REFERENCES app.orders)",
        "INSERT INTO app.lines SELECT i, i FROM generate_series(1, 1000) AS i",
        "CREATE TABLE app.left_out (id int PRIMARY KEY)",
        "ANALYZE");
    Selection selection =
        new Selection(
            List.of("app.*", "!app.left*"),
            Map.of(
                FILTERED, List.of("id", "region", "n", "large"), NARROW, List.of("id", "c", "b")),
            Map.of(FILTERED, "region = 'eu' AND n % 5 < 3", FILTERED_BY_TEXT, "ok"));
    Renaming renaming =
        new Renaming(
            Map.of(new TableId("app", "lines"), new TableId("other", "Lines of \"orders\"")),
            Map.of("app", "copy of app"));
    AtomicLong cycles = new AtomicLong();
    AtomicLong reads = new AtomicLong();
    Hooks hooks =
        new Hooks(
            cycles::incrementAndGet,
            () -> {
              TimeUnit.MILLISECONDS.sleep(15);
              // A table that is rewritten while a session is open must not look empty to it.
              if (reads.incrementAndGet() % 20 == 5) {
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
    try (Churn churn = new Churn().start(pair, 2, 250, SelectionIT::transaction);
        HookedJob job = HookedJob.start(settings, Lie.NONE, hooks, () -> {})) {
      job.awaitConsistent();
      long before = churn.committed();
      job.awaitFinished();
      job.await("further on", () -> churn.committed() > before + 400);
      churn.stop();
      pair.execute("TRUNCATE app.lines", "INSERT INTO app.lines VALUES (1, 1), (2, 2)");
      job.awaitCaughtUp();
      ComparisonReport report = pair.compare(selection, renaming);
      assertThat(report.findings()).isEmpty();
      assertThat(report.extraTables()).isEmpty();
      assertThat(report.sourceRows()).isGreaterThan(25_000);
      assertThat(report.tables()).hasSize(5).allMatch(table -> table.sourceRows() > 1);
      assertThat(cycles.get()).as("copy cycles").isGreaterThan(3);
      assertThat(job.latestFailure()).isEmpty();
      pair.target().execute(pair.name(), "SELECT id, c, b FROM \"copy of app\".narrow");
    }
  }

  private static void rewrite(TwoServers.Pair pair) throws SQLException {
    pair.execute(
        "SET lock_timeout = '2s'",
        "VACUUM FULL app.narrow",
        "CLUSTER app.filtered USING filtered_pkey");
  }

  private static List<String> transaction(Random random) {
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
              "INSERT INTO app.filtered VALUES (%d, 'eu', %d) ON CONFLICT DO NOTHING"
                  .formatted(m, n),
              "UPDATE app.filtered SET region = NULL WHERE id = " + n,
              "UPDATE app.filtered SET region = 'eu', n = n + 2 WHERE id = " + n);
      case 5 ->
          List.of(
              "UPDATE app.\"filtered.by text\" SET ok = NOT ok WHERE \"the key\" = md5('"
                  + n
                  + "')");
      case 6 ->
          List.of(
              "UPDATE app.\"filtered.by text\" SET \"the key\" = md5('%d'), ok = NULLIF(ok, %s)"
                      .formatted(m, m % 2 == 0)
                  + " WHERE \"the key\" = md5('%d')".formatted(n));
      case 7 -> List.of("UPDATE app.narrow SET secret = secret || '!' WHERE id = " + n);
      case 8 -> List.of("UPDATE app.narrow SET c = c + 1, a = NULL WHERE id = " + n);
      default ->
          List.of(
              "INSERT INTO app.left_out VALUES (%d) ON CONFLICT DO NOTHING".formatted(n),
              "INSERT INTO app.orders (note) VALUES ('new')",
              "INSERT INTO app.lines SELECT max(id), max(id) FROM app.orders ON CONFLICT DO NOTHING");
    };
  }
}
