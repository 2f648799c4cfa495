package io.tidemark.database.mysql.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.KeyRange;
import io.tidemark.database.LogReader;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.TransactionId;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.schema.Table;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.testing.SnapshotRows;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/**
 * A semi-synchronous commit that no replica acknowledges is in the binary log, and delivered to the
 * log reader, seconds before anybody can see it (MySQL manual, 19.4.10, AFTER_SYNC).
 */
class DeliveredNotVisibleIT {

  private static final long WAIT_MILLIS = 4_000;

  @Test
  void aSnapshotWaitsForWhatTheLogHasDelivered(
      @MySql(value = "plugin_load_add=semisync_source.so", databases = "semi") MySqlServer server)
      throws Exception {
    server.execute("semi", "CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)");
    server.execute(
        "semi",
        "SET GLOBAL rpl_semi_sync_source_timeout = " + WAIT_MILLIS,
        "SET GLOBAL rpl_semi_sync_source_wait_no_replica = ON");
    MySqlSource source =
        new MySqlSource(
            server.spec("semi"),
            "semi",
            new Selection(List.of("semi.t"), Map.of(), Map.of()),
            SourceSettings.DEFAULT);
    try (SourceControl control = source.openControl(1)) {
      Table table = control.tables().get(0);
      SourceControl.LogStart start = control.createLog();
      try (LogReader log = source.openLog(1, start.position(), List.of(table), SourceMemory.NONE)) {
        server.execute("semi", "SET GLOBAL rpl_semi_sync_source_enabled = ON");
        CompletableFuture<Void> commit =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    server.execute("semi", "INSERT INTO t VALUES (2)");
                  } catch (SQLException e) {
                    throw new CompletionException(e);
                  }
                });
        TransactionId delivered = delivered(log);
        assertThat(commit).isNotDone();
        assertThat(control.visible().includes(delivered)).isFalse();
        try (SnapshotSession session = source.openSession(1, Optional.empty(), List.of(table))) {
          assertThat(session.position().includes(delivered)).isTrue();
          assertThat(SnapshotRows.read(session, table, KeyRange.everything())).hasSize(2);
        }
        assertThat(control.visible().includes(delivered)).isTrue();
        commit.join();
      }
    }
  }

  /** Reads the log up to the first transaction's end. */
  private static TransactionId delivered(LogReader log) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    Optional<TransactionId> begun = Optional.empty();
    while (true) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      LogReader.Message message = log.poll(Duration.ofMillis(50)).orElse(null);
      if (message instanceof LogReader.Begin begin) {
        begun = Optional.of(begin.transaction());
      } else if (message instanceof LogReader.Commit) {
        return begun.orElseThrow();
      }
    }
  }
}
