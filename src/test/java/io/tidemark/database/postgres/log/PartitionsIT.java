package io.tidemark.database.postgres.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogPosition;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to tables and partitions and is not in the log is noticed all the same. */
class PartitionsIT {

  @Postgres private static PostgresServer server;
  private static int databases;

  private String database;
  private SourceControl control;
  private LogPosition start;

  @BeforeEach
  void beginAStream() throws Exception {
    database = "partitions_" + databases++;
    server.createDatabase(database);
    sql(
        "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE \"p 2\" PARTITION OF p FOR VALUES FROM (100) TO (200)",
        "CREATE TABLE pp PARTITION OF p FOR VALUES FROM (200) TO (400) PARTITION BY RANGE (id)",
        "CREATE TABLE pp1 PARTITION OF pp FOR VALUES FROM (200) TO (300)",
        "CREATE TABLE n (id int PRIMARY KEY, m int) PARTITION BY RANGE (id)",
        "CREATE TABLE n1 PARTITION OF n FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE n2 PARTITION OF n FOR VALUES FROM (100) TO (200)",
        "CREATE TABLE loose (id int PRIMARY KEY, v text)",
        "CREATE TABLE plain (id int PRIMARY KEY)",
        "INSERT INTO p SELECT i, 'v' FROM generate_series(1, 250) AS i");
    control = source(SchemaChanges.STOP).openControl(1);
    start = control.createLog().position();
    control.requireNothingUnlogged();
  }

  @AfterEach
  void endTheStream() throws Exception {
    control.close();
    sql("SELECT pg_drop_replication_slot('tidemark_" + database + "')");
  }

  private PostgresSource source(SchemaChanges changes) {
    return new PostgresSource(
        server.spec(database),
        database,
        new Selection(List.of("public.p", "public.n", "public.plain"), Map.of(), Map.of()),
        new SourceSettings(changes));
  }

  private void sql(String... statements) throws Exception {
    server.execute(database, statements);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "TRUNCATE p1; public.p1 of table public.p was truncated",
        "TRUNCATE pp; public.pp1 of table public.p was truncated",
        "DROP TABLE \"p 2\"; public.p 2 of table public.p was detached or dropped",
        "ALTER TABLE p DETACH PARTITION pp; detached or dropped",
        "ALTER TABLE pp DETACH PARTITION pp1; public.pp1 of table public.p was detached",
        "ALTER TABLE p ATTACH PARTITION loose FOR VALUES FROM (1000) TO (2000);"
            + " public.loose of table public.p was attached",
        "ALTER TABLE pp ATTACH PARTITION loose FOR VALUES FROM (300) TO (400); was attached",
        "DROP TABLE plain; table public.plain is no longer in the publication",
        "DROP TABLE p; table public.p is no longer in the publication",
      })
  void stopsAtWhatTheLogDoesNotTellOf(String statement, String problem) throws Exception {
    sql(statement);
    assertThatThrownBy(control::requireNothingUnlogged)
        .isInstanceOfSatisfying(
            DatabaseException.class,
            e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL))
        .hasMessageContaining(problem)
        .hasMessageContaining("drop");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TRUNCATE p",
        "VACUUM FULL p1",
        "VACUUM FULL p",
        "VACUUM (FULL, ANALYZE) p1",
        "VACUUM (FULL, ANALYZE) n1",
        "VACUUM FULL n",
        "TRUNCATE n",
        "CLUSTER p1 USING p1_pkey",
        "REINDEX TABLE p1",
        "ANALYZE p",
        "TRUNCATE plain",
        "VACUUM FULL plain",
        "CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (400) TO (500)",
        "CREATE TABLE pp2 PARTITION OF pp FOR VALUES FROM (300) TO (400)",
        "ALTER TABLE p1 RENAME TO former",
        "CREATE TABLE unrelated (id int) PARTITION BY RANGE (id)",
        "UPDATE p SET id = 260 WHERE id = 99",
      })
  void goesOnWhereTheLogTellsOfAllRows(String statement) throws Exception {
    sql("ALTER TABLE p1 SET (autovacuum_enabled = off)", statement);
    control.requireNothingUnlogged();
    control.requireNothingUnlogged();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TRUNCATE p1; ANALYZE p1",
        "TRUNCATE p1; INSERT INTO p VALUES (1, 'v'); ANALYZE p1",
        "INSERT INTO p VALUES (51, 'w') ON CONFLICT DO NOTHING; TRUNCATE p1; ANALYZE p1",
        "TRUNCATE n1; ANALYZE n",
      })
  void stopsAtATruncatedPartitionWhoseRowsWereCountedSince(String statements) throws Exception {
    sql(statements);
    assertThatThrownBy(control::requireNothingUnlogged).hasMessageContaining("was truncated");
  }

  @Test
  void stopsWherePartitionsWereTruncatedOneAfterTheOther() throws Exception {
    sql("TRUNCATE n1", "TRUNCATE n2");
    assertThatThrownBy(control::requireNothingUnlogged)
        .hasMessageContaining("of table public.n was truncated");
  }

  @Test
  void stopsAtATruncatedPartitionWhereTheOthersWereWrittenAnew() throws Exception {
    sql("TRUNCATE n1");
    sql("VACUUM FULL n2");
    assertThatThrownBy(control::requireNothingUnlogged)
        .hasMessageContaining("public.n1 of table public.n was truncated");
  }

  /** What is written to it before it is attached is never published. */
  @Test
  void stopsAtAPartitionThatWasFilledByTheTransactionThatMadeAndAttachedIt() throws Exception {
    sql(
        "BEGIN; CREATE TABLE p3 (LIKE p INCLUDING ALL); INSERT INTO p3 VALUES (450, 'v');"
            + " ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (400) TO (500); COMMIT");
    assertThatThrownBy(control::requireNothingUnlogged)
        .hasMessageContaining("public.p3 of table public.p was attached");
  }

  @Test
  void stopsAtAPartitionThatWasDetachedAndAttachedAgain() throws Exception {
    sql(
        "BEGIN; ALTER TABLE p DETACH PARTITION pp; DELETE FROM pp1 WHERE id = 201;"
            + " ALTER TABLE p ATTACH PARTITION pp FOR VALUES FROM (200) TO (400); COMMIT");
    assertThatThrownBy(control::requireNothingUnlogged)
        .hasMessageContaining(
            "partition public.pp of table public.p was detached and attached again");
    assertThatThrownBy(() -> restart(SchemaChanges.STOP))
        .hasMessageContaining("public.pp of table public.p was detached and attached again");
  }

  @Test
  void takesAPartitionThatIsFilledByTheTransactionThatMadeItAsOne() throws Exception {
    sql(
        "BEGIN; CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (400) TO (500);"
            + " INSERT INTO p3 VALUES (450, 'v'); SAVEPOINT s;"
            + " CREATE TABLE p4 PARTITION OF p FOR VALUES FROM (500) TO (600);"
            + " INSERT INTO p VALUES (550, 'v'); COMMIT");
    control.requireNothingUnlogged();
    sql("INSERT INTO p VALUES (460, 'v')", "TRUNCATE p3");
    assertThatThrownBy(control::requireNothingUnlogged).hasMessageContaining("p3");
  }

  @Test
  void remembersAcrossAStop() throws Exception {
    sql("CREATE TABLE \"p\n3\" PARTITION OF p FOR VALUES FROM (400) TO (500)", "VACUUM FULL p1");
    control.requireNothingUnlogged();
    restart(SchemaChanges.STOP);
    control.close();
    sql("DROP TABLE \"p\n3\"");
    assertThatThrownBy(() -> restart(SchemaChanges.STOP))
        .hasMessageContaining("public.p\\n3 of table public.p was detached or dropped")
        .hasMessageContaining("source.schema-changes: ignore");
    assertThatThrownBy(() -> restart(SchemaChanges.STOP)).hasMessageContaining("public.p\\n3");
    restart(SchemaChanges.IGNORE);
    restart(SchemaChanges.STOP);
    control.close();
    sql("INSERT INTO p VALUES (51, 'v') ON CONFLICT DO NOTHING", "TRUNCATE p1", "ANALYZE p1");
    assertThatThrownBy(() -> restart(SchemaChanges.STOP))
        .hasMessageContaining("was truncated, or rewritten (VACUUM FULL, CLUSTER), while");
  }

  @Test
  void ignoresWhatItIsToldTo() throws Exception {
    restart(SchemaChanges.IGNORE);
    sql("ALTER TABLE p DETACH PARTITION p1", "TRUNCATE pp1");
    control.requireNothingUnlogged();
    restart(SchemaChanges.STOP);
    sql("DROP TABLE plain");
    assertThatThrownBy(control::requireNothingUnlogged).hasMessageContaining("public.plain");
  }

  /** A publication of the time before partitions were noted has nothing to compare with. */
  @Test
  void takesTheFirstLookForWhatThereIs() throws Exception {
    control.close();
    sql(
        "DO $$ BEGIN EXECUTE format('COMMENT ON PUBLICATION tidemark_"
            + database
            + " IS %L', (SELECT string_agg(line, E'\\n') FROM regexp_split_to_table("
            + "obj_description((SELECT oid FROM pg_publication), 'pg_publication'), E'\\n')"
            + " AS line WHERE line !~ '^(partition|written by) ')); END $$",
        "DROP TABLE p1");
    restart(SchemaChanges.STOP);
    control.close();
    sql("DROP TABLE pp");
    assertThatThrownBy(() -> restart(SchemaChanges.STOP)).hasMessageContaining("public.pp ");
  }

  private void restart(SchemaChanges changes) {
    control.close();
    control = source(changes).openControl(2);
    control.requireLog(start, SourceMemory.NONE);
  }
}
