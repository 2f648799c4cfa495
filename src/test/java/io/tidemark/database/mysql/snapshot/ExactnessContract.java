package io.tidemark.database.mysql.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.Inclusion;
import io.tidemark.database.LogReader;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.lab.MySqlServer;
import io.tidemark.schema.Table;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.settings.SourceSettings.Lock;
import io.tidemark.testing.SnapshotRows;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What a snapshot says it contains is what it contains: its rows and the changes of exactly those
 * transactions that it does not include make the source, while others write as fast as they can.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ExactnessContract {

  private static final int SNAPSHOTS = 12;
  private static final int ACCOUNTS = 200;

  private final MySqlServer server;
  private final Lock lock;

  /** How many transactions were in doubt for some snapshot. */
  private int doubted;

  ExactnessContract(MySqlServer server, Lock lock) {
    this.server = server;
    this.lock = lock;
  }

  @BeforeAll
  void fill() throws SQLException {
    server.createDatabase("bank");
    server.execute(
        "bank",
        "CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL, note VARCHAR(40))",
        "CREATE TABLE other (id INT AUTO_INCREMENT PRIMARY KEY, n INT)",
        "INSERT INTO accounts WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE"
            + " i < "
            + ACCOUNTS
            + ") SELECT i, 100, 'new' FROM s");
  }

  /** Rows as text, by key. */
  private static final class Copy {
    private final SnapshotPosition snapshot;
    private final Map<Key, List<String>> rows = new HashMap<>();

    private Copy(SnapshotPosition snapshot) {
      this.snapshot = snapshot;
    }
  }

  @Test
  void aSnapshotAndWhatTheLogHasBeyondItAreTheSource() throws Exception {
    MySqlSource source =
        new MySqlSource(
            server.spec("bank"),
            "bank",
            new Selection(List.of("bank.accounts"), Map.of(), Map.of()),
            new SourceSettings(SchemaChanges.STOP, lock));
    try (SourceControl control = source.openControl(1)) {
      Table table = control.tables().get(0);
      SourceControl.LogStart start = control.createLog();
      List<Copy> copies = new ArrayList<>();
      AtomicBoolean stopping = new AtomicBoolean();
      AtomicReference<SQLException> failure = new AtomicReference<>();
      List<Thread> writers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int seed = i;
        Thread writer = new Thread(() -> write(seed, stopping, failure), "writer-" + i);
        writers.add(writer);
        writer.start();
      }
      for (int i = 0; i < SNAPSHOTS; i++) {
        try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of(table))) {
          Copy copy = new Copy(session.position());
          for (Row row : SnapshotRows.read(session, table, KeyRange.everything())) {
            put(copy.rows, table, row);
          }
          copies.add(copy);
        }
      }
      stopping.set(true);
      for (Thread writer : writers) {
        writer.join();
      }
      assertThat(Optional.ofNullable(failure.get())).isEmpty();
      SnapshotPosition end = control.visible();
      Map<Key, List<String>> expected;
      try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of(table))) {
        Copy last = new Copy(session.position());
        for (Row row : SnapshotRows.read(session, table, KeyRange.everything())) {
          put(last.rows, table, row);
        }
        expected = last.rows;
      }
      try (LogReader log = source.openLog(1, start.position(), List.of(table), SourceMemory.NONE)) {
        replay(log, end, copies);
      }
      assertThat(copies).hasSize(SNAPSHOTS);
      assertThat(doubted > 0).as(doubted + " in doubt").isEqualTo(lock == Lock.NONE);
      for (Copy copy : copies) {
        assertThat(copy.rows).isEqualTo(expected);
      }
    }
  }

  /**
   * Reads the log up to {@code end} and applies what each copy's snapshot does not include, and
   * what it may not include so that it does not matter.
   */
  private void replay(LogReader log, SnapshotPosition end, List<Copy> copies)
      throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    List<Copy> behind = List.of();
    List<Copy> inDoubt = List.of();
    while (true) {
      assertThat(System.nanoTime()).as("time").isLessThan(deadline);
      Optional<LogReader.Message> message = log.poll(Duration.ofMillis(100));
      if (message.isEmpty()) {
        continue;
      }
      if (message.get() instanceof LogReader.Begin begin) {
        behind = those(copies, begin, Inclusion.NO);
        inDoubt = those(copies, begin, Inclusion.MAYBE);
        doubted += inDoubt.size();
      } else if (message.get() instanceof LogReader.Changes changes) {
        for (RowChange change : changes.changes()) {
          behind.forEach(copy -> apply(copy.rows, change));
          inDoubt.forEach(copy -> applyInDoubt(copy.rows, change));
        }
      } else if (message.get() instanceof LogReader.Commit commit) {
        if (end.isPassedBy(commit.position())) {
          return;
        }
      } else if (message.get() instanceof LogReader.Advance advance
          && end.isPassedBy(advance.position())) {
        return;
      }
    }
  }

  private static List<Copy> those(List<Copy> copies, LogReader.Begin begin, Inclusion inclusion) {
    return copies.stream()
        .filter(copy -> copy.snapshot.inclusion(begin.transaction()) == inclusion)
        .toList();
  }

  private static void applyInDoubt(Map<Key, List<String>> rows, RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      put(rows, insert.table(), insert.row());
    } else if (change instanceof RowChange.Delete delete) {
      rows.remove(Key.of(delete.table(), delete.before()));
    } else {
      apply(rows, change);
    }
  }

  private static void apply(Map<Key, List<String>> rows, RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      assertThat(put(rows, insert.table(), insert.row())).isNull();
    } else if (change instanceof RowChange.Delete delete) {
      assertThat(rows.remove(Key.of(delete.table(), delete.before()))).isNotNull();
    } else if (change instanceof RowChange.Update update) {
      if (update.changesKey()) {
        rows.remove(Key.of(update.table(), update.before().orElseThrow()));
      }
      put(rows, update.table(), update.after());
    } else {
      throw new AssertionError("unexpected " + change);
    }
  }

  private static List<String> put(Map<Key, List<String>> rows, Table table, Row row) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      values.add(row.isNull(i) ? "null" : row.text(i));
    }
    return rows.put(Key.of(table, row), values);
  }

  private void write(int seed, AtomicBoolean stopping, AtomicReference<SQLException> failure) {
    SplittableRandom random = new SplittableRandom(seed);
    try (Connection connection = server.connect("bank");
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      while (!stopping.get()) {
        try {
          int from = 1 + random.nextInt(ACCOUNTS);
          int to = 1 + random.nextInt(ACCOUNTS);
          statement.execute("INSERT INTO other (n) VALUES (" + from + ")");
          statement.execute(
              "UPDATE accounts SET balance = balance - 1, note = 'n"
                  + random.nextInt()
                  + "' WHERE id = "
                  + from);
          statement.execute("UPDATE accounts SET balance = balance + 1 WHERE id = " + to);
          if (random.nextInt(4) == 0) {
            statement.execute("DELETE FROM accounts WHERE id = " + to);
            statement.execute("INSERT INTO accounts VALUES (" + to + ", 7, NULL)");
          }
          connection.commit();
        } catch (SQLException e) {
          connection.rollback();
          if (MySqlErrors.kind(e) != io.tidemark.database.DatabaseException.Kind.RETRYABLE) {
            throw e;
          }
        }
      }
    } catch (SQLException e) {
      failure.set(e);
    }
  }
}
