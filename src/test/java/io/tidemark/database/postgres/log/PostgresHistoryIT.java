package io.tidemark.database.postgres.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.ServerData;
import io.tidemark.schema.Table;
import io.tidemark.settings.Selection;
import io.tidemark.testing.ReadLog;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A server that was set back and went on from there is told from one that was not: by what its log
 * has at the places that were read, whatever it looks like otherwise.
 */
class PostgresHistoryIT {

  private static final String DATABASE = "postgres";

  private PostgresServer server;
  private ServerData data;
  private PostgresSource source;
  private List<Table> tables;

  /** What a ledger would hold. */
  private LogPosition position;

  private SourceMemory memory = SourceMemory.NONE;

  @BeforeEach
  void readAStream() throws Exception {
    server = new PostgresServer(Map.of("wal_writer_delay", "10s", "autovacuum", "off"));
    data = ServerData.of(server);
    sql("CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE other (id int, v text)");
    source =
        new PostgresSource(
            server.spec(DATABASE),
            "history",
            new Selection(List.of("public.*", "!public.other"), Map.of(), Map.of()));
    try (SourceControl control = source.openControl(1)) {
      position = control.createLog().position();
      tables = control.tables();
    }
    sql("INSERT INTO t VALUES (1)");
    assertThat(resume("INSERT INTO t VALUES (2)")).isEqualTo(2);
  }

  @AfterEach
  void close() throws Exception {
    data.close();
    server.close();
  }

  private void sql(String... statements) throws Exception {
    server.execute(DATABASE, statements);
  }

  /**
   * Goes on as a job does that starts, and reads what is there and what {@code last} does.
   *
   * @return how many transactions came
   */
  private int resume(String last) throws Exception {
    LogPosition from = position;
    try (SourceControl control = source.openControl(1)) {
      SourceControl.LogResumed resumed = control.requireLog(position, memory);
      memory = resumed.memory();
      from = resumed.from().orElse(from);
    }
    // As on its way to the reader.
    from = source.positions().logPosition(from.print());
    try (LogReader log = source.openLog(1, from, tables, SourceMemory.NONE)) {
      sql(last);
      return readUpTo(log, end());
    }
  }

  private int readUpTo(LogReader log, LogPosition end) throws InterruptedException {
    ReadLog read = ReadLog.upTo(log, position, end);
    position = read.position();
    log.confirm(source.positions().logPosition(position.print()));
    return read.commits();
  }

  private LogPosition end() throws Exception {
    return source.positions().logPosition(one("SELECT pg_current_wal_insert_lsn()::text"));
  }

  private String one(String query) throws Exception {
    try (Connection connection = server.connect(DATABASE);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  private void copyAs(String name) throws Exception {
    server.kill();
    data.copyAs(name);
    server.startAgain();
  }

  private void putBack(String name) throws Exception {
    server.kill();
    data.putBack(name);
    server.startAgain();
  }

  private void growBeyond(LogPosition place) throws Exception {
    for (int id = 1000; !end().covers(place); id++) {
      sql("INSERT INTO t VALUES (" + id + ")");
    }
    sql("INSERT INTO t VALUES (999)");
  }

  @Test
  void goesOnAfterWhatLosesNothing() throws Exception {
    server.restart();
    assertThat(resume("INSERT INTO t VALUES (3)")).isEqualTo(1);
    server.crash();
    sql("INSERT INTO t VALUES (4)");
    assertThat(resume("INSERT INTO t VALUES (5)")).isEqualTo(2);
    // Idle tables on a busy server, and one that was altered behind what was read.
    sql("INSERT INTO other SELECT i, repeat('x', 100) FROM generate_series(1, 50000) AS i");
    assertThat(resume("INSERT INTO other VALUES (1, 'x')")).isZero();
    sql("SELECT pg_switch_wal()", "CHECKPOINT");
    assertThat(resume("INSERT INTO t VALUES (6)")).isEqualTo(1);
    // A transaction as large as it likes is found again by its commit.
    assertThat(resume("INSERT INTO t SELECT generate_series(10000, 60000)")).isEqualTo(1);
    copyAs("complete");
    putBack("complete");
    assertThat(resume("INSERT INTO t VALUES (7)")).isEqualTo(1);
  }

  @Test
  void goesOnAtAStandbyThatHadEverything() throws Exception {
    copyAs("standby");
    sql("INSERT INTO t VALUES (3)", "INSERT INTO t VALUES (4)");
    assertThat(resume("INSERT INTO t VALUES (5)")).isEqualTo(3);
    String flushed = one("SELECT pg_current_wal_flush_lsn()::text");
    server.kill();
    data.addTo("standby", "pg_wal");
    promote("standby", flushed);
    assertThat(one("SELECT timeline_id::text FROM pg_control_checkpoint()")).isNotEqualTo("1");
    assertThat(resume("INSERT INTO t VALUES (6)")).isEqualTo(1);
  }

  private void promote(String copy, String end) throws Exception {
    data.putBack(copy);
    Files.createFile(data.folder().resolve("standby.signal"));
    server.startAgain();
    Await.until(
        "replayed",
        Duration.ofSeconds(60),
        () -> one("SELECT (pg_last_wal_replay_lsn() >= '" + end + "')::text").equals("true"),
        () -> "the standby has not replayed " + end);
    one("SELECT pg_promote()::text");
    sql("CHECKPOINT");
  }

  @Test
  void refusesAStandbyThatLackedSomething() throws Exception {
    String behind = one("SELECT pg_current_wal_flush_lsn()::text");
    copyAs("standby");
    assertThat(resume("INSERT INTO t VALUES (3)")).isEqualTo(1);
    server.kill();
    promote("standby", behind);
    growBeyond(position);
    assertThatThrownBy(() -> resume("INSERT INTO t VALUES (4)"))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("is not the one that this stream has read")
        .hasMessageContaining("promoted");
  }

  @Test
  void refusesDataThatWereCopiedBack() throws Exception {
    copyAs("former");
    assertThat(resume("INSERT INTO t VALUES (3)")).isEqualTo(1);
    sql("INSERT INTO other SELECT 1, repeat('x', 2000) FROM generate_series(1, 5000)");
    assertThat(resume("INSERT INTO t VALUES (4)")).isEqualTo(1);
    putBack("former");
    assertThatThrownBy(() -> resume("INSERT INTO t VALUES (5)"))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("whose log ends at")
        .hasMessageContaining("set back");
    // The same number of the same transactions at the same places, and more.
    putBack("former");
    sql("INSERT INTO t VALUES (3)");
    sql("INSERT INTO other SELECT 1, repeat('x', 2000) FROM generate_series(1, 5000)");
    sql("INSERT INTO t VALUES (4)");
    growBeyond(position);
    assertThatThrownBy(() -> resume("INSERT INTO t VALUES (5)"))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("is not the one that this stream has read")
        .hasMessageContaining("history");
  }

  @Test
  void refusesDataThatLackWhatASnapshotContained() throws Exception {
    copyAs("former");
    sql("INSERT INTO t VALUES (3)");
    LogPosition behindSnapshot;
    try (SourceControl control = source.openControl(1)) {
      control.requireLog(position, memory);
      try (var snapshot = control.openSharedSnapshot().orElseThrow()) {
        assertThat(snapshot.position().isPassedBy(end())).isTrue();
      }
      memory = control.requireNothingUnlogged();
      behindSnapshot = end();
    }
    // In the history that has it, its mark is met.
    LogPosition held = position;
    assertThat(resume("INSERT INTO t VALUES (4)")).isEqualTo(2);
    position = held;
    putBack("former");
    assertThatThrownBy(() -> resume("INSERT INTO t VALUES (5)"))
        .hasMessageContaining("whose log ends at");
    growBeyond(behindSnapshot);
    assertThatThrownBy(() -> resume("INSERT INTO t VALUES (5)"))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("lacks what was left in it");
    assertThat(position.print()).isLessThan(behindSnapshot.print());
  }

  @Test
  void aSnapshotsTransactionsAreOnDiskBeforeItCounts() throws Exception {
    try (SourceControl control = source.openControl(1)) {
      sql("SET synchronous_commit = off; INSERT INTO t VALUES (3)");
      try (var snapshot = control.openSharedSnapshot().orElseThrow()) {
        assertThat(snapshot.name()).contains("|");
        server.kill();
      }
    }
    server.startAgain();
    assertThat(one("SELECT count(*)::text FROM t")).isEqualTo("3");
  }

  @Test
  void refusesASlotThatWasMovedOnOrMadeAnew() throws Exception {
    List<String> refusals = new ArrayList<>();
    String slot = "tidemark_history";
    sql("SELECT pg_replication_slot_advance('%s', pg_current_wal_lsn())".formatted(slot));
    refusals.add(refusal());
    sql(
        "SELECT pg_drop_replication_slot('%s')".formatted(slot),
        "SELECT pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(slot));
    refusals.add(refusal());
    assertThat(refusals).allMatch(refusal -> refusal.contains(slot) && refusal.contains("drop"));
  }

  private String refusal() {
    try {
      resume("INSERT INTO t VALUES (99)");
    } catch (Exception e) {
      return String.valueOf(e.getMessage());
    }
    return "none";
  }
}
