package io.tidemark.database.mysql.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.SourceContract;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.faults.link.MySqlLink;
import io.tidemark.faults.link.Proxy;
import io.tidemark.faults.link.Trap;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.schema.Table;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The moment in which tables are locked, and what happens while that cannot be had. */
class LockedSnapshotIT {

  @MySql(databases = "locks")
  private static MySqlServer server;

  @BeforeAll
  static void fill() throws SQLException {
    server.execute("locks", "CREATE TABLE t (id INT PRIMARY KEY, n INT)");
    server.execute("locks", "INSERT INTO t VALUES (1, 1), (2, 2)");
  }

  private static MySqlSource source() {
    return new MySqlSource(
        server.spec("locks"),
        "locks",
        new Selection(List.of("locks.t"), Map.of(), Map.of()),
        SourceSettings.DEFAULT);
  }

  @Test
  void waitsForALongTransactionWithoutKeepingOthersWaitingForLong() throws Exception {
    Table table = SourceContract.table(source(), "t");
    try (Connection slow = server.connect("locks");
        Connection other = server.connect("locks");
        Statement slowly = slow.createStatement();
        Statement statement = other.createStatement()) {
      slow.setAutoCommit(false);
      slowly.execute("UPDATE t SET n = n + 1 WHERE id = 1");
      CountDownLatch opened = new CountDownLatch(1);
      CompletableFuture<Void> opening =
          CompletableFuture.runAsync(
              () -> {
                try (SnapshotSession session =
                    source().openSession(1, Optional.empty(), List.of(table))) {
                  opened.countDown();
                  assertThat(session.position()).isNotNull();
                }
              });
      long longest = 0;
      int writes = 0;
      // Other writers go on: the attempts are short, and the pauses between them are longer.
      for (long end = System.nanoTime() + 4_000_000_000L; System.nanoTime() < end; writes++) {
        long start = System.nanoTime();
        statement.execute("UPDATE t SET n = n + 1 WHERE id = 2");
        longest = Math.max(longest, System.nanoTime() - start);
      }
      assertThat(opened.getCount()).isEqualTo(1);
      assertThat(writes).isGreaterThan(20);
      assertThat(longest / 1_000_000).as("ms that a writer waited").isLessThan(2_500);
      slow.commit();
      assertThat(opened.await(30, TimeUnit.SECONDS)).isTrue();
      opening.join();
    }
    assertThat(source().remains().sessions()).isEmpty();
  }

  /** As where the job's machine loses its power, or its network, between LOCK and UNLOCK. */
  @Test
  void aLockWhoseHolderIsHeardOfNoMoreIsGivenBackSoon() throws Exception {
    Table table = SourceContract.table(source(), "t");
    try (Proxy proxy = new Proxy(server.port(), MySqlLink::new);
        Trap silence =
            proxy.hold(
                message ->
                    message.executes()
                        && message.sql().startsWith("UNLOCK TABLES")
                        && message.link().hasExecuted("LOCK TABLES `locks`.`t` READ"));
        Connection other = server.connect("locks");
        Statement statement = other.createStatement()) {
      ConnectionSpec direct = server.spec("locks");
      MySqlSource source =
          new MySqlSource(
              new ConnectionSpec(
                  direct.url().replace(":" + server.port(), ":" + proxy.port())
                      + "?sslMode=DISABLED&allowPublicKeyRetrieval=true",
                  direct.user(),
                  direct.password()),
              "locks",
              source().own().selection(),
              SourceSettings.DEFAULT);
      CompletableFuture<Void> opening =
          CompletableFuture.runAsync(
              () -> source.openSession(1, Optional.empty(), List.of(table)).close());
      silence.awaitSprung(Duration.ofSeconds(30));
      long start = System.nanoTime();
      statement.execute("SET SESSION lock_wait_timeout = 60");
      statement.execute("UPDATE t SET n = n + 1 WHERE id = 2");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("how long a writer waited")
          .isLessThan(Duration.ofSeconds(10));
      silence.release();
      // The holder learns that its session is gone, and so is what it would have read.
      assertThatThrownBy(opening::join)
          .cause()
          .isInstanceOfSatisfying(
              DatabaseException.class,
              failure -> assertThat(failure.kind()).isEqualTo(DatabaseException.Kind.RETRYABLE));
    }
  }

  @Test
  void saysWhatHoldsTheTables() throws Exception {
    Table table = SourceContract.table(source(), "t");
    try (Connection slow = server.connect("locks");
        Statement slowly = slow.createStatement();
        MySqlQueries ending = source().own().open(1, StreamSource.Role.SNAPSHOT);
        MySqlQueries locking = source().own().open(1, StreamSource.Role.LOCK)) {
      slow.setAutoCommit(false);
      slowly.execute("UPDATE t SET n = n + 1 WHERE id = 1");
      try (PatientLock lock = new PatientLock(ending, locking, java.time.Duration.ofMillis(300))) {
        assertThat(lock.lock("LOCK TABLES locks.t READ")).isFalse();
        assertThat(lock.obstacles(List.of(table)))
            .contains("locks.t: SHARED_WRITE held by connection")
            .contains("of root");
      }
      slow.rollback();
      try (PatientLock lock =
          new PatientLock(ending, locking, java.time.Duration.ofMillis(1_000))) {
        assertThat(lock.lock("LOCK TABLES locks.t READ")).isTrue();
      }
      locking.execute("unlocking", "UNLOCK TABLES");
    }
  }
}
