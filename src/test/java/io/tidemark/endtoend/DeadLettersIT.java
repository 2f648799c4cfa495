package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.JobRun;
import io.tidemark.cli.StreamProgress;
import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.job.Databases;
import io.tidemark.job.PreparedJob;
import io.tidemark.job.TidemarkJob;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.Selection;
import io.tidemark.verify.ComparisonReport;
import io.tidemark.verify.TableComparison;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/**
 * Rows that the target cannot hold are kept in its ledger, and come back when they can be held:
 * through snapshot, log and restarts, under changes of every kind.
 */
class DeadLettersIT {

  private static final int KEYS = 40;
  private static final String BIG = "repeat('%s', 3000)";

  @MySql({"binlog_row_image=MINIMAL", "sql_mode=ALLOW_INVALID_DATES"})
  private static MySqlServer mysql;

  @Postgres private static PostgresServer postgres;

  /** One side of a copy, and what values it has that the other does not. */
  private record Side(ConnectionSpec spec, String truncate, List<String> good, List<String> bad) {
    void execute(String... statements) throws SQLException {
      try (Connection connection = connect();
          Statement statement = connection.createStatement()) {
        for (String sql : statements) {
          statement.execute(sql);
        }
      }
    }

    Connection connect() throws SQLException {
      return DriverManager.getConnection(spec.url(), spec.user(), spec.password());
    }

    /** The first column of each row, in order. */
    TreeSet<String> keys(String sql) throws SQLException {
      try (Connection connection = connect();
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(sql)) {
        TreeSet<String> keys = new TreeSet<>();
        while (rows.next()) {
          keys.add(rows.getString(1));
        }
        return keys;
      }
    }
  }

  @Test
  void fromPostgresWhereUnchangedLargeValuesAreNotInTheLog() throws Exception {
    postgres.createDatabase("letters");
    mysql.createDatabase("app");
    Side source =
        new Side(
            postgres.spec("letters"),
            "TRUNCATE app.t",
            List.of("d = '2024-02-29 12:00:00'", "n = 1.5", "d = NULL", "day = '2024-01-01'"),
            List.of("d = 'infinity'", "n = 1e40", "n = 'NaN'", "day = '20000-01-01'"));
    source.execute(
        "CREATE SCHEMA app",
        "CREATE TABLE app.t (id int PRIMARY KEY, d timestamp, n numeric, day date, big text, "
            + "note text)",
        "ALTER TABLE app.t ALTER COLUMN big SET STORAGE EXTERNAL");
    String bad =
        "SELECT id FROM app.t WHERE d = 'infinity' OR n = 1e40 OR n = 'NaN' OR day > '9999-12-31'";
    rehearse(source, new Side(mysql.spec("app"), "", List.of(), List.of()), bad, 7);
  }

  @Test
  void fromMySqlWhereTheLogHasChangedColumnsOnly() throws Exception {
    mysql.createDatabase("back");
    postgres.createDatabase("back");
    Side source =
        new Side(
            mysql.spec("back"),
            "TRUNCATE TABLE t",
            List.of("d = '2024-02-29 12:00:00'", "note = 'plain'", "d = NULL", "flag = 1"),
            List.of("d = '0000-00-00'", "note = 'a\\0b'", "day = '2024-02-31'", "flag = 5"));
    source.execute(
        "CREATE TABLE t (id int PRIMARY KEY, d datetime, n decimal(10,2), day date, big longtext,"
            + " note varchar(50), flag tinyint(1))");
    String bad =
        "SELECT id FROM t WHERE CAST(d AS CHAR) LIKE '0000%' OR note LIKE '%\\0%' OR"
            + " CAST(day AS CHAR) = '2024-02-31' OR flag = 5";
    rehearse(source, new Side(postgres.spec("back"), "", List.of(), List.of()), bad, 11);
    assertThat(
            new Side(postgres.spec("back"), "", List.of(), List.of())
                .keys(
                    "SELECT data_type FROM information_schema.columns WHERE table_schema = 'back'"
                        + " AND column_name = 'flag'"))
        .containsExactly("boolean");
  }

  /** Copies, changes, stops and starts, and looks after each whether everything is where it is. */
  private static void rehearse(Side source, Side target, String bad, long seed) throws Exception {
    String table = source.truncate().contains("app.t") ? "app.t" : "t";
    String schema = table.equals("t") ? "back" : "app";
    Random random = new Random(seed);
    for (int id = 0; id < KEYS / 2; id++) {
      change(source, table, random, id);
    }
    Selection selection = new Selection(List.of(schema + ".*"), Map.of(), Map.of(), true);
    TidemarkJob job =
        new TidemarkJob(
            "letters",
            source.spec(),
            selection,
            target.spec(),
            ExistingRows.FAIL,
            OnBadValue.DEAD_LETTER,
            Renaming.none(),
            new TidemarkJob.Copy(Duration.ofMillis(300), 5, 2, 8L << 30),
            new TidemarkJob.Checkpoint(Duration.ofMillis(300), Optional.empty()),
            SchemaChanges.STOP);
    long kept = 0;
    for (int start = 0; start < 2; start++) {
      List<String> findings = new ArrayList<>();
      PreparedJob prepared =
          PreparedJob.prepare(job, findings::add)
              .orElseThrow(() -> new AssertionError(String.join("\n", findings)));
      try (JobRun run = JobRun.start(prepared, Optional.empty(), 0)) {
        changes(source, table, random, 60);
        await(run, () -> run.progress().map(StreamProgress::consistent));
        for (int round = 0; round < 2; round++) {
          changes(source, table, random, 60);
          await(run, () -> Optional.of(agree(source, target, selection, bad)));
        }
        Map<?, Long> letters = run.progress().orElseThrow().deadLetters();
        assertThat(letters.values().stream().mapToLong(n -> n).sum())
            .isEqualTo(source.keys(bad).size());
        kept += source.keys(bad).size();
        run.stop(Duration.ofSeconds(30));
      }
      changes(source, table, random, 60);
    }
    assertThat(kept).as("rows were kept at all").isPositive();
  }

  private static void changes(Side source, String table, Random random, int count)
      throws Exception {
    try (Connection connection = source.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < count; i++) {
        int id = random.nextInt(KEYS);
        int what = random.nextInt(40);
        List<String> sets = random.nextInt(3) == 0 ? source.bad() : source.good();
        String set = sets.get(random.nextInt(sets.size()));
        if (what == 0) {
          statement.execute(source.truncate());
        } else if (what < 8) {
          statement.execute("DELETE FROM " + table + " WHERE id = " + id);
        } else if (what < 11) {
          statement.execute(
              "UPDATE %s SET id = %d, %s WHERE id = %d"
                  .formatted(table, KEYS + random.nextInt(1000) * 1000 + i, set, id));
          statement.execute("DELETE FROM " + table + " WHERE id > 200 AND MOD(id, 5) = 0");
        } else if (what < 28) {
          statement.execute("UPDATE %s SET %s WHERE id = %d".formatted(table, set, id));
        } else {
          statement.execute("DELETE FROM %s WHERE id = %d".formatted(table, id));
          statement.execute(insert(table, id, random));
          if (random.nextBoolean()) {
            statement.execute("UPDATE %s SET %s WHERE id = %d".formatted(table, set, id));
          }
        }
        if (random.nextInt(3) == 0) {
          connection.commit();
        }
      }
      connection.commit();
    }
  }

  private static void change(Side source, String table, Random random, int id) throws SQLException {
    source.execute(
        insert(table, id, random),
        "UPDATE %s SET %s WHERE id = %d"
            .formatted(
                table, (id % 3 == 0 ? source.bad() : source.good()).get(random.nextInt(4)), id));
  }

  private static String insert(String table, int id, Random random) {
    return "INSERT INTO %s (id, n, big, note) VALUES (%d, %d, %s, 'x')"
        .formatted(table, id, random.nextInt(100), BIG.formatted((char) ('a' + id % 26)));
  }

  /** Every row is at the target as it is, or is one of the bad ones and in the ledger. */
  private static boolean agree(Side source, Side target, Selection selection, String bad)
      throws SQLException {
    ComparisonReport report =
        Databases.compare(source.spec(), target.spec(), selection, Renaming.none());
    TableComparison table = report.tables().get(0);
    TreeSet<String> expected = new TreeSet<>();
    source.keys(bad).forEach(key -> expected.add("[\"" + key + "\"]"));
    TreeSet<String> kept = target.keys("SELECT key_values FROM tidemark.dead_letter");
    long counted = report.deadLetters().values().stream().mapToLong(n -> n).sum();
    return table.different() == 0
        && table.extra() == 0
        && table.missing() == expected.size()
        && kept.equals(expected)
        && counted == expected.size();
  }

  private static void await(JobRun run, Callable<Optional<Boolean>> condition) throws Exception {
    long deadline = System.nanoTime() + CopyJob.LONG.toNanos();
    while (!condition.call().orElse(false)) {
      if (run.awaitEnd(Duration.ofMillis(200)) || System.nanoTime() > deadline) {
        StringWriter trace = new StringWriter();
        run.newFailure().ifPresent(failure -> failure.printStackTrace(new PrintWriter(trace)));
        run.fatalFailure().ifPresent(failure -> failure.printStackTrace(new PrintWriter(trace)));
        throw new AssertionError("the job does not come to it: " + run.progress() + "\n" + trace);
      }
    }
  }
}
