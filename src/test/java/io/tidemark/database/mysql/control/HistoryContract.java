package io.tidemark.database.mysql.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.ServerData;
import io.tidemark.lab.ServerUnavailableException;
import io.tidemark.schema.Table;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.testing.ReadLog;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * A log that begins again, or goes on from an earlier place, is told from the one that was read.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HistoryContract {

  private final MySqlVendor vendor;
  private final String reset;

  private MySqlServer server;
  private ServerData data;
  private int streams;
  private int rows;

  private String database;
  private MySqlSource source;
  private List<Table> tables;

  /** What a ledger would hold. */
  private LogPosition position;

  private SourceMemory memory;

  HistoryContract(MySqlVendor vendor, String reset) {
    this.vendor = vendor;
    this.reset = reset;
  }

  @BeforeAll
  void start() throws Exception {
    try {
      server = new MySqlServer(vendor, Map.of());
    } catch (ServerUnavailableException e) {
      assumeTrue(false, e.getMessage());
    }
    data = ServerData.of(server);
    assumeTrue(Files.isDirectory(data.folder()), "the server's data are on this machine");
  }

  @AfterAll
  void close() throws Exception {
    if (data != null) {
      data.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @BeforeEach
  void readAStream() throws Exception {
    database = "history" + streams++;
    server.createDatabase(database);
    server.execute(database, "CREATE TABLE t (id int PRIMARY KEY)");
    memory = SourceMemory.NONE;
    source =
        new MySqlSource(
            server.spec(database),
            database,
            new Selection(List.of(database + ".*"), Map.of(), Map.of()),
            SourceSettings.DEFAULT);
    try (SourceControl control = source.openControl(2)) {
      position = control.createLog().position();
      tables = control.tables();
    }
    insert();
    assertThat(resume()).isEqualTo(2);
  }

  private void insert() throws Exception {
    server.execute(database, "INSERT INTO t VALUES (" + ++rows + ")");
  }

  /**
   * Goes on as a job does that starts, and reads what is there and one insert.
   *
   * @return how many transactions came
   */
  private int resume() throws Exception {
    try (SourceControl control = source.openControl(2)) {
      SourceControl.LogResumed resumed =
          control.requireLog(source.positions().logPosition(position.print()), memory);
      memory = resumed.memory();
    }
    try (LogReader log = source.openLog(2, position, tables, SourceMemory.NONE)) {
      insert();
      ReadLog read = ReadLog.upTo(log, position, end());
      position = read.position();
      return read.commits();
    }
  }

  private LogPosition end() {
    try (SourceControl control = source.openControl(2)) {
      return control.createLog().position();
    }
  }

  private String one(String query) throws Exception {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  /** Files are told by the second in which they were begun. */
  private void awaitNextSecond() throws Exception {
    String now = one("SELECT UNIX_TIMESTAMP()");
    Await.until(
        "next second",
        Duration.ofSeconds(30),
        () -> !one("SELECT UNIX_TIMESTAMP()").equals(now),
        () -> "the server's clock stands still at " + now);
  }

  private void growBeyond(LogPosition known) throws Exception {
    BinlogPosition read = (BinlogPosition) known;
    BinlogPosition now;
    int most = rows + 2_000;
    do {
      assertThat(rows).as("rows until the log is as long as it was").isLessThan(most);
      for (int i = 0; i < 20; i++) {
        insert();
      }
      now = (BinlogPosition) end();
    } while (!now.covers(read)
        || now.place().orElseThrow().compareTo(read.place().orElseThrow()) <= 0);
  }

  @Test
  void goesOnAfterWhatLosesNothing() throws Exception {
    server.restart();
    assertThat(resume()).isEqualTo(1);
    insert();
    server.crash();
    insert();
    assertThat(resume()).isEqualTo(3);
    server.execute(database, "FLUSH BINARY LOGS", "FLUSH BINARY LOGS");
    assertThat(resume()).isEqualTo(1);
    // What was read last is in no file any more, and nothing behind it is missing.
    server.execute(database, "FLUSH BINARY LOGS");
    String last = "";
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet files = statement.executeQuery("SHOW BINARY LOGS")) {
      while (files.next()) {
        last = files.getString(1);
      }
    }
    server.execute(database, "PURGE BINARY LOGS TO '" + last + "'");
    assertThat(resume()).isEqualTo(1);
    server.kill();
    data.copyAs("complete");
    data.putBack("complete");
    server.startAgain();
    assertThat(resume()).isEqualTo(1);
  }

  @Test
  void refusesALogThatBeganAgain() throws Exception {
    server.execute(database, reset);
    readAStream();
    awaitNextSecond();
    server.execute(database, reset);
    growBeyond(position);
    assertThatThrownBy(this::resume)
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("is not the one that this stream has read")
        .hasMessageContaining("RESET")
        .hasMessageContaining("copy again");
  }

  @Test
  void refusesDataThatWereCopiedBack() throws Exception {
    server.kill();
    data.copyAs("former");
    server.startAgain();
    assertThat(resume()).isEqualTo(1);
    server.kill();
    data.putBack("former");
    server.startAgain();
    growBeyond(position);
    assertThatThrownBy(this::resume)
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("is not the one that this stream has read")
        .hasMessageContaining("set back");
  }

  @Test
  void refusesDataThatLackWhatASnapshotContained() throws Exception {
    server.kill();
    data.copyAs("former");
    server.startAgain();
    insert();
    try (SourceControl control = source.openControl(2);
        SnapshotSession session = source.openSession(2, Optional.empty(), tables)) {
      assertThat(session.position().print()).isNotEmpty();
      control.requireLog(position, memory);
      memory = control.sessionOpened();
    }
    LogPosition held = position;
    LogPosition behind = end();
    // The history that has it.
    assertThat(resume()).isEqualTo(2);
    position = held;
    awaitNextSecond();
    server.kill();
    data.putBack("former");
    server.startAgain();
    growBeyond(behind);
    assertThatThrownBy(this::resume)
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("was begun at another time");
  }
}
