package io.tidemark.database.postgres.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogReader;
import io.tidemark.database.LogReader.Changes;
import io.tidemark.database.LogReader.Commit;
import io.tidemark.database.LogReader.Message;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceControl.LogStart;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.database.postgres.position.PostgresLsn;
import io.tidemark.database.postgres.position.PostgresPosition;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.PostgresSessions;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A TRUNCATE of all partitions by their names is told from one of their table. */
class TruncatedPartitionsIT {

  private static final Duration LONG = Duration.ofSeconds(60);

  @Postgres private static PostgresServer server;
  private static int databases;

  private String database;
  private LogReader log;

  private void open(SchemaChanges changes) throws Exception {
    database = "truncated_" + databases++;
    server.createDatabase(database);
    sql(
        "CREATE TABLE one (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE one1 PARTITION OF one FOR VALUES FROM (0) TO (1000)",
        "CREATE TABLE two (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
        "CREATE TABLE two1 PARTITION OF two FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE two2 PARTITION OF two FOR VALUES FROM (100) TO (200)",
        "CREATE TABLE bare (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE bare1 PARTITION OF bare FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE bare2 PARTITION OF bare FOR VALUES FROM (100) TO (200)",
        "INSERT INTO bare VALUES (1), (101)",
        "ANALYZE bare",
        "INSERT INTO one SELECT i FROM generate_series(1, 10) AS i",
        "INSERT INTO two SELECT i, 'v' FROM generate_series(1, 150) AS i");
    PostgresSource source =
        new PostgresSource(
            server.spec(database),
            database,
            new Selection(
                List.of("public.*"), Map.of(new TableId("public", "one"), List.of("id")), Map.of()),
            new SourceSettings(changes));
    LogStart start;
    List<Table> tables;
    try (SourceControl control = source.openControl(1)) {
      start = control.createLog();
      tables = control.tables();
    }
    log = source.openLog(1, start.position(), tables, SourceMemory.NONE);
  }

  @AfterEach
  void close() {
    log.close();
  }

  private void sql(String... statements) throws Exception {
    server.execute(database, statements);
  }

  /** Reads until the log has passed all that is there, and has been looked at beside it since. */
  private int truncates() throws Exception {
    int truncates = truncatesUpToNow();
    log.isNothingUnlogged();
    // What was seen then is known once the log has been read up to there.
    truncates += truncatesUpToNow();
    log.isNothingUnlogged();
    return truncates;
  }

  private int truncatesUpToNow() throws Exception {
    PostgresLsn end;
    try (PostgresQueries queries =
        new PostgresQueries(PostgresSessions.open(server.spec(database), "end"))) {
      end =
          queries.one(
              "emitting",
              "SELECT pg_catalog.pg_logical_emit_message(true, 'mark', 'x')::text",
              row -> PostgresLsn.parse(row.getString(1)));
    }
    long deadline = System.nanoTime() + LONG.toNanos();
    int truncates = 0;
    boolean passed = false;
    while (!passed) {
      assertThat(System.nanoTime()).as("the log comes to its end").isLessThan(deadline);
      Optional<Message> message = log.poll(Duration.ofMillis(100));
      if (message.isPresent() && message.get() instanceof Changes changes) {
        truncates +=
            (int) changes.changes().stream().filter(RowChange.Truncate.class::isInstance).count();
      } else if (message.isPresent() && message.get() instanceof Commit commit) {
        passed = isBehind(commit.position(), end);
      } else if (message.isPresent() && message.get() instanceof LogReader.Advance advance) {
        passed = isBehind(advance.position(), end);
      }
    }
    return truncates;
  }

  private static boolean isBehind(io.tidemark.database.LogPosition position, PostgresLsn end) {
    return ((PostgresPosition) position).lsn().compareTo(end) >= 0;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TRUNCATE one1",
        "BEGIN; TRUNCATE one1; INSERT INTO one VALUES (5); ANALYZE one1; COMMIT",
        "TRUNCATE two1, two2",
        "BEGIN; TRUNCATE two1; TRUNCATE two2; COMMIT",
      })
  void stopsWherePartitionsWereTruncatedByTheirNames(String statement) throws Exception {
    open(SchemaChanges.STOP);
    sql(statement);
    assertThatThrownBy(this::truncates)
        .isInstanceOfSatisfying(
            DatabaseException.class,
            e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL))
        .hasMessageContaining(
            "all partitions of table public." + (statement.contains("one1") ? "one" : "two"))
        .hasMessageContaining("start once with source.schema-changes: ignore");
  }

  /** What the catalog shows has to be found in the log, or not, before anything is called right. */
  @ParameterizedTest
  @ValueSource(strings = {"TRUNCATE one1", "TRUNCATE one"})
  void saysNothingOfATableWhoseTruncateTheLogHasToExplain(String statement) throws Exception {
    open(SchemaChanges.STOP);
    assertThat(log.isNothingUnlogged()).isTrue();
    sql(statement);
    assertThat(log.isNothingUnlogged()).isFalse();
    assertThat(log.isNothingUnlogged()).isFalse();
    if (statement.endsWith("1")) {
      assertThatThrownBy(this::truncates).hasMessageContaining("public.one");
    } else {
      assertThat(truncatesUpToNow()).isEqualTo(1);
      assertThat(log.isNothingUnlogged()).isTrue();
    }
  }

  @Test
  void goesOnWhereTheTableWasTruncated() throws Exception {
    open(SchemaChanges.STOP);
    sql("TRUNCATE one", "INSERT INTO one VALUES (5)");
    assertThat(truncates()).isEqualTo(1);
    sql("BEGIN; INSERT INTO two VALUES (190); TRUNCATE two; TRUNCATE one; COMMIT", "ANALYZE");
    assertThat(truncates()).isEqualTo(2);
    sql("BEGIN; SAVEPOINT s; TRUNCATE two; RELEASE s; INSERT INTO two VALUES (190); COMMIT");
    assertThat(truncates()).isEqualTo(1);
    sql("VACUUM FULL one", "VACUUM FULL two");
    assertThat(truncates()).isZero();
  }

  @Test
  void goesOnWhereTheTableWasTruncatedFilledAndCounted() throws Exception {
    open(SchemaChanges.STOP);
    sql("BEGIN; TRUNCATE bare; INSERT INTO bare VALUES (2), (102); ANALYZE bare; COMMIT");
    assertThat(truncates()).isEqualTo(1);
  }

  @Test
  void goesOnWhereTheTableWasWrittenAnewByAnAlteration() throws Exception {
    open(SchemaChanges.STOP);
    sql("ALTER TABLE one ADD COLUMN u uuid DEFAULT gen_random_uuid()");
    assertThat(truncates()).isZero();
  }

  @Test
  void goesOnWhereItIsToldTo() throws Exception {
    open(SchemaChanges.IGNORE);
    sql("TRUNCATE one1");
    assertThat(truncates()).isZero();
  }
}
