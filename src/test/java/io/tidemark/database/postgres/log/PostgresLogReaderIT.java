package io.tidemark.database.postgres.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.LogReader.Advance;
import io.tidemark.database.LogReader.Begin;
import io.tidemark.database.LogReader.Changes;
import io.tidemark.database.LogReader.Commit;
import io.tidemark.database.LogReader.Message;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceControl.LogStart;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.database.postgres.position.PostgresPosition;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.PostgresSessions;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PostgresLogReaderIT {

  @Postgres({"max_prepared_transactions=5", "wal_sender_timeout=2s"})
  private static PostgresServer server;

  private static int databases;

  private String database;
  private PostgresSource source;
  private LogStart start;
  private List<Table> tables;

  @BeforeEach
  void createDatabase() throws Exception {
    database = "log_" + databases++;
    server.createDatabase(database);
  }

  private void sql(String... statements) throws Exception {
    server.execute(database, statements);
  }

  private LogReader open(Map<TableId, String> filters) {
    source =
        new PostgresSource(
            server.spec(database),
            database,
            new Selection(List.of("public.*", "!public.other"), Map.of(), filters));
    try (SourceControl control = source.openControl(1)) {
      start = control.createLog();
      tables = control.tables();
    }
    return source.openLog(1, start.position(), tables, SourceMemory.NONE);
  }

  /** The next message that is not about the position alone. */
  private static Message next(LogReader log) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (System.nanoTime() < deadline) {
      Optional<Message> message = log.poll(Duration.ofMillis(100));
      if (message.isPresent() && !(message.get() instanceof Advance)) {
        return message.get();
      }
    }
    throw new AssertionError("the log says nothing");
  }

  /** What the next transaction does, one line per change. */
  private static List<String> transaction(LogReader log) throws InterruptedException {
    assertThat(next(log)).isInstanceOf(Begin.class);
    List<String> lines = new ArrayList<>();
    while (true) {
      Message message = next(log);
      if (message instanceof Commit) {
        return lines;
      }
      ((Changes) message).changes().forEach(change -> lines.add(print(change)));
    }
  }

  private static String print(RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      return "+" + insert.table() + print(insert.row());
    }
    if (change instanceof RowChange.Delete delete) {
      return "-" + delete.table() + print(delete.before());
    }
    if (change instanceof RowChange.Update update) {
      return update.table()
          + update.before().map(PostgresLogReaderIT::print).orElse("")
          + ">"
          + print(update.after());
    }
    return "0" + ((RowChange.Truncate) change).tables();
  }

  private static String print(Row row) {
    StringBuilder text = new StringBuilder("(");
    for (int i = 0; i < row.size(); i++) {
      text.append(i == 0 ? "" : ",");
      if (!row.isPresent(i)) {
        text.append('?');
      } else if (!row.isNull(i)) {
        String value = row.text(i);
        text.append(value.length() > 40 ? value.length() + " long" : "'" + value + "'");
      } else {
        text.append("null");
      }
    }
    return text.append(')').toString();
  }

  @Test
  void deliversEveryKindOfChange() throws Exception {
    sql(
        "CREATE TABLE other (id int PRIMARY KEY)",
        "CREATE TABLE \"O.d\" (g int GENERATED ALWAYS AS (1) STORED, id int PRIMARY KEY, x text)",
        "ALTER TABLE \"O.d\" ALTER x SET STORAGE EXTERNAL",
        "CREATE TABLE f (k int, x text)",
        "ALTER TABLE f REPLICA IDENTITY FULL",
        "ALTER TABLE f ALTER x SET STORAGE EXTERNAL",
        "CREATE TABLE p (id int PRIMARY KEY, d text) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE p2 (d text, id int PRIMARY KEY)",
        "ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20)");
    try (LogReader log = open(Map.of())) {
      sql("INSERT INTO other VALUES (1)");
      sql(
          "BEGIN; INSERT INTO \"O.d\" VALUES (DEFAULT, 1, repeat('x', 5000)), (DEFAULT, 2, NULL),"
              + " (DEFAULT, 3, ''); UPDATE \"O.d\" SET id = 9 WHERE id = 1; UPDATE \"O.d\" SET x = 'y'"
              + " WHERE id = 2; DELETE FROM \"O.d\" WHERE id = 3; COMMIT");
      assertThat(transaction(log))
          .containsExactly(
              "+public.O.d('1',5000 long)",
              "+public.O.d('2',null)",
              "+public.O.d('3','')",
              "public.O.d('1',?)>('9',?)",
              "public.O.d>('2','y')",
              "-public.O.d('3',?)");
      sql("INSERT INTO f VALUES (1, repeat('z', 5000))");
      sql("UPDATE f SET k = 2", "DELETE FROM f");
      assertThat(transaction(log)).containsExactly("+public.f('1',5000 long)");
      assertThat(transaction(log)).containsExactly("public.f('1',5000 long)>('2',5000 long)");
      assertThat(transaction(log)).containsExactly("-public.f('2',5000 long)");
      sql("INSERT INTO p VALUES (5, 'a')", "UPDATE p SET id = 15", "UPDATE p SET d = 'b'");
      assertThat(transaction(log)).containsExactly("+public.p('5','a')");
      assertThat(transaction(log)).containsExactly("-public.p('5',?)", "+public.p('15','a')");
      assertThat(transaction(log)).containsExactly("public.p>('15','b')");
      sql("TRUNCATE f, other");
      assertThat(transaction(log)).containsExactly("0[public.f]");
      sql("TRUNCATE p, f, other");
      assertThat(transaction(log)).hasSize(1).first().asString().startsWith("0[");
      sql(
          "BEGIN; SAVEPOINT a; INSERT INTO f VALUES (1); ROLLBACK TO a; INSERT INTO f VALUES (2);"
              + " SAVEPOINT b; INSERT INTO f VALUES (3); COMMIT");
      assertThat(transaction(log)).containsExactly("+public.f('2',null)", "+public.f('3',null)");
      sql("BEGIN; INSERT INTO f VALUES (4); PREPARE TRANSACTION 'two'");
      sql("INSERT INTO f VALUES (5)");
      sql("COMMIT PREPARED 'two'");
      assertThat(transaction(log)).containsExactly("+public.f('5',null)");
      assertThat(transaction(log)).containsExactly("+public.f('4',null)");
    }
  }

  /** What the catalog had at each change is not asked: the log describes the table anew. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "ALTER TABLE a ADD COLUMN more int;public.a was altered: the log has a new column more",
        "ALTER TABLE a ALTER k TYPE bigint;public.a was altered: the log has another type",
        "ALTER TABLE a RENAME TO b;public.a was renamed to public.b",
        "ALTER TABLE a ALTER v TYPE int USING v * 1000;rows were written anew while column v",
        "ALTER PUBLICATION tidemark_DB SET TABLE ONLY a WHERE (k > 0);tidemark_DB was altered",
      })
  void stopsAtTheFirstChangeAfterATableWasAltered(String statement, String problem)
      throws Exception {
    sql("CREATE TABLE a (k int PRIMARY KEY, v int)");
    try (LogReader log = open(Map.of())) {
      sql("INSERT INTO a VALUES (1, 1)");
      assertThat(transaction(log)).containsExactly("+public.a('1','1')");
      String renamed = statement.contains("RENAME") ? "b" : "a";
      sql(
          "ALTER TABLE a SET (autovacuum_enabled = off)",
          "INSERT INTO a VALUES (2, 2)",
          "ANALYZE a",
          "GRANT SELECT ON a TO PUBLIC",
          "UPDATE a SET v = 3 WHERE k = 2");
      assertThat(transaction(log)).containsExactly("+public.a('2','2')");
      assertThat(transaction(log)).containsExactly("public.a>('2','3')");
      sql(statement.replace("DB", database), "INSERT INTO " + renamed + " (k, v) VALUES (4, 4)");
      assertThatThrownBy(() -> transaction(log))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining(problem.replace("DB", database));
    }
  }

  /** The log describes it as before: the type is the same, and so are the names. */
  @Test
  void theFirstChangeOfATableThatWasWrittenAnewIsNotDelivered() throws Exception {
    sql("CREATE TABLE t (id int PRIMARY KEY, v int)", "INSERT INTO t VALUES (1, 1)");
    try (LogReader log = open(Map.of())) {
      sql("ALTER TABLE t ALTER v TYPE int USING v * 10", "INSERT INTO t VALUES (2, 2)");
      assertThatThrownBy(() -> transaction(log)).hasMessageContaining("its rows were written anew");
    }
  }

  @Test
  void valuesHaveTheSameTextWhateverTheServerIsSetTo() throws Exception {
    sql(
        "CREATE TABLE v (id int PRIMARY KEY, d date, t timestamptz, i interval, f float8, b bytea)",
        "ALTER DATABASE " + database + " SET DateStyle = 'SQL, DMY'",
        "ALTER DATABASE " + database + " SET IntervalStyle = 'sql_standard'",
        "ALTER DATABASE " + database + " SET TimeZone = 'Asia/Tokyo'",
        "ALTER DATABASE " + database + " SET extra_float_digits = -15",
        "ALTER DATABASE " + database + " SET bytea_output = 'escape'");
    TimeZone zone = TimeZone.getDefault();
    TimeZone.setDefault(
        TimeZone.getTimeZone("Asia/Tokyo")); // of the machine, which the driver tells
    try (LogReader log = open(Map.of())) {
      sql(
          "INSERT INTO v VALUES (1, 'epoch'::date + 33, to_timestamp(0), '-3 days'::interval -"
              + " '04:05:06'::interval, 1.0 / 3, decode('00ff', 'hex'))");
      assertThat(transaction(log))
          .containsExactly(
              "+public.v('1','1970-02-03','1970-01-01 00:00:00+00','-3 days -04:05:06',"
                  + "'0.3333333333333333','\\x00ff')");
    } finally {
      TimeZone.setDefault(zone);
    }
  }

  @Test
  void resumesBehindACommitAndIsPassedByItsSnapshot() throws Exception {
    sql("CREATE TABLE t (id int PRIMARY KEY)");
    LogPosition first;
    try (LogReader log = open(Map.of())) {
      sql("INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)");
      Begin begin = (Begin) next(log);
      assertThat(next(log)).isInstanceOf(Changes.class);
      first = ((Commit) next(log)).position();
      try (SourceLookup lookup = source.openLookup(1, tables)) {
        SnapshotPosition visible = lookup.visible();
        assertThat(visible.includes(begin.transaction())).isTrue();
        assertThat(visible.isPassedBy(first)).isFalse();
        transaction(log);
        lookup.nudgeLog();
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        LogPosition told = first;
        while (!visible.isPassedBy(told) && System.nanoTime() < deadline) {
          Optional<Message> message = log.poll(Duration.ofMillis(100));
          if (message.isPresent() && message.get() instanceof Advance advance) {
            told = advance.position();
          }
        }
        assertThat(visible.isPassedBy(told)).isTrue();
      }
    }
    try (LogReader log = source.openLog(1, first, tables, SourceMemory.NONE)) {
      assertThat(transaction(log)).containsExactly("+public.t('2')");
    }
  }

  @Test
  void confirmsWhatIsDurableAlsoOnIdleTables() throws Exception {
    sql("CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE other (id int)");
    try (LogReader log = open(Map.of());
        SourceControl control = source.openControl(1)) {
      sql("INSERT INTO other SELECT generate_series(1, 100000)");
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      LogPosition told = start.position();
      while (control.bytesBehind(told) > 100_000 && System.nanoTime() < deadline) {
        Optional<Message> message = log.poll(Duration.ofMillis(100));
        if (message.isPresent()) {
          told = ((Advance) message.get()).position();
        }
      }
      assertThat(control.bytesBehind(told)).isLessThan(100_000);
      reportTo(log);
      assertThat(confirmed()).as("confirmed by nobody").isEqualTo(start.position());
      log.confirm(told);
      while (!confirmed().equals(told) && System.nanoTime() < deadline) {
        log.poll(Duration.ofMillis(10));
      }
      assertThat(confirmed()).isEqualTo(told);
    }
  }

  /** Has the log report its positions, and returns when the server has the report. */
  private void reportTo(LogReader log) throws Exception {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TEMP TABLE former AS SELECT reply_time FROM pg_stat_replication");
      log.keepAlive();
      while (true) {
        try (ResultSet rows =
            statement.executeQuery(
                "SELECT FROM pg_stat_replication AS r, former AS f"
                    + " WHERE r.reply_time IS DISTINCT FROM f.reply_time")) {
          if (rows.next()) {
            return;
          }
        }
        log.poll(Duration.ofMillis(10));
      }
    }
  }

  private LogPosition confirmed() {
    try (PostgresQueries queries =
        new PostgresQueries(PostgresSessions.open(server.spec(database), "test"))) {
      return new PostgresPosition(
          new ReplicationSlot(queries, source.own().slotName())
              .state()
              .orElseThrow()
              .confirmed()
              .orElseThrow());
    }
  }

  @Test
  void staysConnectedDuringAHoldWhileTheServerIsBlockedInSending() throws Exception {
    sql("CREATE TABLE t (id int PRIMARY KEY, x text)");
    open(Map.of()).close();
    sql("INSERT INTO t SELECT i, repeat('x', 500) FROM generate_series(1, 300000) AS i");
    try (LogReader log = source.openLog(1, start.position(), tables, SourceMemory.NONE)) {
      assertThat(next(log)).isInstanceOf(Begin.class);
      long until = System.nanoTime() + Duration.ofSeconds(5).toNanos();
      while (System.nanoTime() < until) {
        log.keepAlive();
        Thread.sleep(500); // a hold is time that passes; the server's time-out is 2 s
      }
      long rows = 0;
      Message message = next(log);
      while (message instanceof Changes changes) {
        assertThat(changes.changes().size()).isLessThanOrEqualTo(1000);
        rows += changes.changes().size();
        message = next(log);
      }
      assertThat(rows).isEqualTo(300_000);
      assertThat(message).isInstanceOf(Commit.class);
    }
  }

  @Test
  void rowsMoveInAndOutOfAFilter() throws Exception {
    sql("CREATE TABLE t (id int PRIMARY KEY, x text)", "ALTER TABLE t REPLICA IDENTITY FULL");
    try (LogReader log = open(Map.of(new TableId("public", "t"), "x LIKE 'in%' AND t.id < 9"))) {
      sql(
          "BEGIN; INSERT INTO t VALUES (1, 'out'), (2, 'in'), (3, NULL), (9, 'in'); UPDATE t SET x ="
              + " 'in 2' WHERE id <= 3; UPDATE t SET x = 'out' WHERE id = 2; DELETE FROM t; COMMIT");
      assertThat(transaction(log))
          .containsExactly(
              "+public.t('2','in')",
              "+public.t('1','in 2')",
              "public.t('2','in')>('2','in 2')",
              "+public.t('3','in 2')",
              "-public.t('2','in 2')",
              "-public.t('1','in 2')",
              "-public.t('3','in 2')");
    }
  }
}
