package io.tidemark.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.ChangeEvent.Changes;
import io.tidemark.change.ChangeEvent.ChunkAborted;
import io.tidemark.change.ChangeEvent.ChunkBegin;
import io.tidemark.change.ChangeEvent.ChunkEnd;
import io.tidemark.change.ChangeEvent.ChunkRows;
import io.tidemark.change.ChangeEvent.Commit;
import io.tidemark.change.ChangeEvent.Heartbeat;
import io.tidemark.change.ChangeEvent.ReachedConsistency;
import io.tidemark.change.ChangeEvent.SequenceValues;
import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.FencedException;
import io.tidemark.database.Ledger;
import io.tidemark.database.LedgerView;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.TargetFinish;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Renaming;
import io.tidemark.testing.PrintedProgress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ApplyLoopIT {

  private static final Table TABLE =
      new Table(
          new TableId("public", "t"),
          List.of(new Column("a", "int", false), new Column("u", "int", true)),
          Optional.of(new PrimaryKey(List.of("a"))));

  @Postgres(databases = "t")
  private static PostgresServer server;

  private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
  private final SinkMeasures measures = new SinkMeasures();
  private PostgresTarget target;
  private Ledger ledger;
  private long epoch;
  private ApplyLoop loop;

  @BeforeEach
  void open() throws SQLException {
    server.execute(
        "t",
        "DROP SCHEMA IF EXISTS tidemark CASCADE",
        "DROP TABLE IF EXISTS t",
        "CREATE TABLE t (a int PRIMARY KEY, u int UNIQUE)");
    target = new PostgresTarget(server.spec("t"), "s", Renaming.none());
    ledger = target.ledger("s");
    epoch = ledger.claim("one").epoch();
    ledger.recordIntent(epoch, "db");
    ledger.recordStart(epoch, "0", "", SourceMemory.NONE);
    loop = loop(SinkLimits.DEFAULT, session -> {});
  }

  @AfterEach
  void close() throws InterruptedException {
    loop.close();
  }

  @Test
  void gatheredTransactionsAndTheirProgressAreOneTargetTransaction() throws Exception {
    put(changes(insert(1, 10), insert(2, 20), insert(3, 30)), commit(1));
    put(changes(update(1, 11)), changes(delete(2)), commit(2));
    put(changes(move(3, 4, 30), insert(3, 31)), commit(3), heartbeat(4));
    loop.flush();
    assertThat(table()).containsExactly("1,11", "3,31", "4,30");
    assertThat(position()).isEqualTo("4");
    assertThat(measures.changesApplied()).isEqualTo(7);
    put(changes(new RowChange.Truncate(List.of(TABLE)), insert(9, 9)), commit(5));
    loop.flush();
    assertThat(table()).containsExactly("9,9");
  }

  @Test
  void anIdleStreamCommitsAtOnceAndRecordsHeartbeatsByItself() throws Exception {
    put(changes(insert(1, 10)), commit(1));
    await(() -> position().equals("1"));
    assertThat(table()).containsExactly("1,10");
    put(heartbeat(2));
    await(() -> position().equals("2"));
  }

  /** {@code PostgresWriterIT} shows that the set-based statements refuse this swap. */
  @Test
  void swappedUniqueValuesAreReplayedInTheOrderOfTheSource() throws Exception {
    put(changes(insert(1, 10), insert(2, 20)), commit(1));
    loop.flush();
    put(changes(update(1, -1), update(2, 10), update(1, 20)), commit(2));
    loop.flush();
    assertThat(table()).containsExactly("1,20", "2,10");
    loop.close();
    loop = loop(new SinkLimits(3, 1 << 20, 100, 1 << 20, Duration.ofSeconds(1)), session -> {});
    // The same inside a piece of a larger transaction, after a piece that has to be kept.
    put(changes(insert(3, 30), insert(4, 40), insert(5, 50)));
    put(changes(update(1, -1), update(2, 20), update(1, 10)), commit(3));
    loop.flush();
    assertThat(table()).containsExactly("1,10", "2,20", "3,30", "4,40", "5,50");
  }

  /** Which a deferrable key at the source allows: no order of the two is valid at any moment. */
  @Test
  void valuesThatChangePlacesInOneStatementDoSoInWhateverOrderTheyAreReplayed() throws Exception {
    put(changes(insert(1, 10), insert(2, 20), insert(3, 30)), commit(1));
    loop.flush();
    put(changes(update(1, 20), update(2, 10)), commit(2));
    loop.flush();
    assertThat(table()).containsExactly("1,20", "2,10", "3,30");
    put(changes(move(1, 4, 30), update(3, 20), insert(1, 40), delete(2)), commit(3));
    loop.flush();
    assertThat(table()).containsExactly("1,40", "3,20", "4,30");
    // What is there already and expects nothing must not be missed where it is set aside.
    put(
        changes(
            update(1, 20),
            update(3, 40),
            new RowChange.Remove(TABLE, key(3)),
            new RowChange.Put(TABLE, row(1, 50)),
            new RowChange.Put(TABLE, row(3, 51))),
        commit(4));
    loop.flush();
    assertThat(table()).containsExactly("1,50", "3,51", "4,30");
    put(
        changes(
            update(1, 51),
            update(3, 50),
            new RowChange.Truncate(List.of(TABLE)),
            insert(1, 1),
            insert(2, 2)),
        commit(5));
    loop.flush();
    assertThat(table()).containsExactly("1,1", "2,2");
    assertThat(position()).isEqualTo("5");
  }

  @Test
  void rowsThatAreSetAsideStaySoOverThePiecesOfALargeTransaction() throws Exception {
    put(changes(insert(1, 1), insert(2, 2), insert(3, 3), insert(4, 4), insert(5, 5)), commit(1));
    loop.flush();
    loop.close();
    loop = loop(new SinkLimits(2, 1 << 20, 100, 1 << 20, Duration.ofSeconds(1)), session -> {});
    put(changes(update(1, 5), update(2, 4)), changes(update(4, 2), update(5, 1)));
    put(changes(insert(6, 6), update(6, 7)), changes(delete(3), insert(3, 6)));
    // This one would not miss a row that is elsewhere.
    put(changes(new RowChange.Remove(TABLE, key(4))), changes(insert(7, 8)), commit(2));
    loop.flush();
    assertThat(table()).containsExactly("1,5", "2,4", "3,6", "5,1", "6,7", "7,8");
  }

  @Test
  void whatIsNotUniqueAtTheEndOfATransactionEndsTheSink() throws Exception {
    put(changes(insert(1, 10), insert(2, 20), insert(3, 30)), commit(1));
    loop.flush();
    put(changes(update(1, 20), update(2, 30)), commit(2));
    assertThatThrownBy(() -> loop.flush())
        .isInstanceOf(SinkFailure.ForGood.class)
        .hasMessageContaining("public.t")
        .hasMessageContaining("t_u_key");
    assertThat(table()).containsExactly("1,10", "2,20", "3,30");
    assertThat(position()).isEqualTo("1");
  }

  @Test
  void aSwapAmongManyChangesIsReplayedWithoutThoseAroundIt() throws Exception {
    int rows = 3_500;
    List<RowChange> inserts = new ArrayList<>();
    List<RowChange> updates = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      inserts.add(insert(i, 10 * i));
      if (i != 1_600 && i != 1_601) {
        updates.add(update(i, 10 * i + 1));
      }
    }
    put(new ChangeEvent.Changes(inserts), commit(1));
    loop.flush();
    updates.addAll(1_600, List.of(update(1_600, -1), update(1_601, 16_000), update(1_600, 16_010)));
    put(new ChangeEvent.Changes(updates), commit(2));
    loop.flush();
    assertThat(table()).hasSize(rows).contains("0,1", "1600,16010", "1601,16000", "3499,34991");
    assertThat(position()).isEqualTo("2");
  }

  @Test
  void aMissingRowStopsTheSinkForGoodAndNothingOfItsTransactionStays() throws Exception {
    put(changes(insert(1, 10)), commit(1));
    loop.flush();
    put(changes(insert(2, 20), update(7, 70)), commit(2));
    assertThatThrownBy(() -> loop.flush())
        .isInstanceOf(SinkFailure.ForGood.class)
        .hasMessageContaining("(7)");
    assertThat(failure.get(10, TimeUnit.SECONDS)).hasMessageContaining("(7)");
    assertThatThrownBy(() -> put(commit(3))).isInstanceOf(SinkFailure.ForGood.class);
    assertThat(table()).containsExactly("1,10");
    assertThat(position()).isEqualTo("1");
  }

  @Test
  void aFencedWriterChangesNothing() throws Exception {
    put(begin(0), rows("1\t1\n"), changes(insert(5, 5)), commit(1));
    loop.flush();
    // A claim ends the open sessions; a writer that connects after it meets the epoch.
    ledger.claim("two");
    put(new ChunkEnd(chunk(0), 1));
    assertThatThrownBy(() -> loop.flush()).isInstanceOf(SinkFailure.class);
    loop.close();
    for (List<ChangeEvent> late :
        List.of(
            List.<ChangeEvent>of(begin(1), rows("2\t2\n"), new ChunkEnd(chunk(1), 1)),
            List.<ChangeEvent>of(changes(insert(6, 6)), commit(2)),
            List.<ChangeEvent>of(new SequenceValues(epoch, List.of())),
            List.<ChangeEvent>of(new ReachedConsistency(epoch, new PrintedProgress("2", ""))))) {
      CompletableFuture<Throwable> failed = new CompletableFuture<>();
      try (ApplyLoop zombie = loop(SinkLimits.DEFAULT, session -> {}, failed)) {
        for (ChangeEvent event : late) {
          zombie.put(event);
        }
        assertThatThrownBy(zombie::flush)
            .isInstanceOf(SinkFailure.ForGood.class)
            .hasCauseInstanceOf(FencedException.class);
      }
    }
    assertThat(table()).containsExactly("5,5");
    assertThat(position()).isEqualTo("1");
  }

  @Test
  void anInterruptedHugeTransactionLeavesNothing() throws Exception {
    loop.close();
    loop = loop(new SinkLimits(100, 1 << 20, 100, 1 << 20, Duration.ofSeconds(1)), session -> {});
    put(changes(insert(1, 1)), commit(1));
    for (int i = 2; i < 1000; i++) {
      put(changes(insert(i, i)));
    }
    loop.flush();
    assertThat(table()).containsExactly("1,1");
    assertThat(position()).isEqualTo("1");
    try (Connection watch = server.connect("t")) {
      assertThat(
              count(
                  watch,
                  "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"))
          .isEqualTo(1);
    }
    loop.close();
    assertThat(table()).containsExactly("1,1");
    loop = loop(new SinkLimits(100, 1 << 20, 100, 1 << 20, Duration.ofSeconds(1)), session -> {});
    for (int i = 2; i < 1000; i++) {
      put(changes(insert(i, i)));
    }
    put(commit(2));
    loop.flush();
    assertThat(table()).hasSize(999);
    assertThat(position()).isEqualTo("2");
  }

  @Test
  void aConnectionLostBeforeTheCommitLeavesNeitherDataNorProgress() throws Exception {
    server.execute(
        "t",
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            + " PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$",
        "CREATE TRIGGER die AFTER UPDATE ON tidemark.progress"
            + " FOR EACH ROW EXECUTE FUNCTION die()",
        "ALTER TABLE tidemark.progress ENABLE ALWAYS TRIGGER die");
    try {
      put(changes(insert(1, 10)), commit(1));
      assertThatThrownBy(() -> loop.flush())
          .isInstanceOf(SinkFailure.class)
          .isNotInstanceOf(SinkFailure.ForGood.class);
      assertThat(table()).isEmpty();
      assertThat(position()).isEqualTo("0");
    } finally {
      server.execute("t", "DROP FUNCTION die() CASCADE");
    }
  }

  @Test
  void whatLosesToAnotherTransactionIsTriedAgain() throws Exception {
    put(changes(insert(1, 10), insert(2, 20)), commit(1));
    loop.flush();
    server.execute(
        "t",
        "CREATE SEQUENCE IF NOT EXISTS tries",
        "CREATE FUNCTION victim() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF"
            + " nextval('public.tries') < 3 THEN RAISE SQLSTATE '40P01'; END IF; RETURN NEW; END"
            + " $$",
        "CREATE TRIGGER victim BEFORE UPDATE ON tidemark.progress"
            + " FOR EACH ROW EXECUTE FUNCTION victim()",
        "ALTER TABLE tidemark.progress ENABLE ALWAYS TRIGGER victim");
    try {
      put(changes(update(1, 12)), commit(2));
      loop.flush();
      assertThat(table()).containsExactly("1,12", "2,20");
    } finally {
      server.execute("t", "DROP FUNCTION victim() CASCADE", "DROP SEQUENCE tries");
    }
  }

  @Test
  void theNextTransactionsAreGatheredWhileOneIsMade() throws Exception {
    put(changes(insert(1, 10)), commit(1));
    loop.flush();
    loop.close();
    loop = loop(new SinkLimits(100, 1 << 20, 1, 1 << 20, Duration.ofSeconds(1)), session -> {});
    try (Connection other = server.connect("t")) {
      other.setAutoCommit(false);
      other.createStatement().execute("SELECT FROM t WHERE a = 1 FOR UPDATE");
      put(changes(update(1, 11), insert(2, 20), insert(3, 30)), commit(2));
      await(() -> waiting() == 1);
      // The queue has room for one event only, so that all but the last of these have been taken.
      put(changes(update(2, 21)), commit(3), changes(insert(4, 40)), commit(4), heartbeat(5));
      assertThat(table()).containsExactly("1,10");
      assertThat(position()).isEqualTo("1");
    }
    // Nothing more arrives: the end of the one that waited is enough.
    await(() -> position().equals("5"));
    assertThat(table()).containsExactly("1,11", "2,21", "3,30", "4,40");
  }

  @Test
  void nothingIsAppliedAfterATransactionThatFailed() throws Exception {
    loop.close();
    loop = loop(new SinkLimits(3, 1 << 20, 100, 1 << 20, Duration.ofSeconds(1)), session -> {});
    try (Connection other = server.connect("t")) {
      other.setAutoCommit(false);
      other.createStatement().execute("LOCK TABLE t");
      put(changes(insert(1, 10), update(7, 70)), commit(1));
      await(() -> waiting() == 1);
      // With the change after it, the second one is a full target transaction.
      put(changes(insert(3, 30), insert(4, 40)), commit(2), changes(insert(6, 60)), commit(3));
    }
    assertThatThrownBy(() -> loop.flush())
        .isInstanceOf(SinkFailure.ForGood.class)
        .hasMessageContaining("(7)");
    assertThat(failure.get(10, TimeUnit.SECONDS)).hasMessageContaining("(7)");
    loop.close();
    assertThat(table()).isEmpty();
    assertThat(position()).isEqualTo("0");
  }

  @Test
  void aWriterThatIsReplacedWhileItMakesATransactionLeavesNothing() throws Exception {
    loop.close();
    loop = loop(new SinkLimits(3, 1 << 20, 100, 1 << 20, Duration.ofSeconds(1)), session -> {});
    try (Connection other = server.connect("t")) {
      other.setAutoCommit(false);
      other.createStatement().execute("LOCK TABLE t");
      put(changes(insert(1, 10), insert(2, 20)), commit(1));
      await(() -> waiting() == 1);
      put(changes(insert(3, 30), insert(4, 40)), commit(2), changes(insert(5, 50)), commit(3));
      ledger.claim("two");
    }
    assertThatThrownBy(() -> loop.flush()).isInstanceOf(SinkFailure.class);
    loop.close();
    assertThat(table()).isEmpty();
    assertThat(position()).isEqualTo("0");
  }

  @Test
  void chunksAndTheLogInterleave() throws Exception {
    put(begin(0), rows("1\t1\n2\t"), changes(insert(5, 5)), commit(1), rows("2\n"));
    loop.flush();
    assertThat(table()).containsExactly("5,5");
    put(new ChunkEnd(chunk(0), 2), begin(1), rows("7\t7\n"), new ChunkAborted(chunk(1)));
    put(begin(1), rows("8\t8\n"), new ChunkEnd(chunk(1), 1));
    loop.flush();
    assertThat(table()).containsExactly("1,1", "2,2", "5,5", "8,8");
    assertThat(ledger.claim("one").running().orElseThrow().chunks()).hasSize(2);
    assertThat(measures.rowsCopied()).isEqualTo(3);
  }

  @Test
  void aChunkOfWhichRowsAreMissingIsNotCommitted() throws Exception {
    put(begin(0), rows("1\t1\n"), new ChunkEnd(chunk(0), 2));
    assertThatThrownBy(() -> loop.flush())
        .isInstanceOf(SinkFailure.ForGood.class)
        .hasMessageContaining("2 rows");
    assertThat(table()).isEmpty();
    assertThat(ledger.claim("one").running().orElseThrow().chunks()).isEmpty();
  }

  /** Or else its table would be taken for one that is not copied yet. */
  @Test
  void aChunkWithoutRowsIsRecordedToo() throws Exception {
    put(begin(0), new ChunkEnd(chunk(0), 0));
    loop.flush();
    assertThat(ledger.claim("one").running().orElseThrow().chunks()).hasSize(1);
  }

  @Test
  void rowsWithoutAKeyAreChangedOneAtATime() throws Exception {
    server.execute("t", "DROP TABLE IF EXISTS k", "CREATE TABLE k (a int, u int)");
    Table keyless = new Table(new TableId("public", "k"), TABLE.columns(), Optional.empty());
    put(
        changes(
            new RowChange.Insert(keyless, row(1, 1)),
            new RowChange.Insert(keyless, row(1, 1)),
            new RowChange.Insert(keyless, row(2, 2)),
            new RowChange.Insert(keyless, row(1, 1))),
        commit(1));
    put(
        changes(
            new RowChange.Delete(keyless, row(1, 1)),
            new RowChange.Delete(keyless, row(2, 2)),
            new RowChange.Update(keyless, Optional.of(row(1, 1)), row(1, 3))),
        commit(2));
    loop.flush();
    assertThat(query("SELECT a || ',' || u FROM k ORDER BY a, u")).containsExactly("1,1", "1,3");
  }

  @Test
  void aValueThatTheLogLeavesOutStaysWhateverWasGatheredBefore() throws Exception {
    put(changes(insert(1, 10), insert(2, 20)), commit(1));
    loop.flush();
    put(changes(update(1, 11)), commit(2));
    put(changes(new RowChange.Update(TABLE, Optional.empty(), key(1))), commit(3));
    put(changes(new RowChange.Update(TABLE, Optional.of(key(2)), key(3))), commit(4));
    loop.flush();
    assertThat(table()).containsExactly("1,11", "3,20");
  }

  @Test
  void aTruncateKeepsItsPlaceAmongTheChanges() throws Exception {
    put(changes(insert(1, 10)), commit(1));
    put(changes(insert(2, 20), new RowChange.Truncate(List.of(TABLE)), insert(3, 30)), commit(2));
    loop.flush();
    assertThat(table()).containsExactly("3,30");
  }

  @Test
  void aReopenedKeyIsAHoleUntilItIsCopiedAgain() throws Exception {
    Key key = new Key(List.of("7"));
    put(changes(insert(1, 1), new RowChange.Reopen(TABLE, key)), commit(1));
    loop.flush();
    assertThat(ledger.claim("one").running().orElseThrow().holes())
        .containsExactly(new Chunk(TABLE.id(), 0, KeyRange.Points.of(key)));
  }

  @Test
  void consistencyIsRecordedAndTheTargetIsFinishedBesideTheStream() throws Exception {
    loop.close();
    CountDownLatch released = new CountDownLatch(1);
    CompletableFuture<String> finished = new CompletableFuture<>();
    loop =
        loop(
            SinkLimits.DEFAULT,
            session -> {
              released.await();
              finished.complete(session);
            });
    put(begin(0), rows("1\t1\n"), new ChunkEnd(chunk(0), 1));
    put(new ReachedConsistency(epoch, new PrintedProgress("5", "")));
    put(changes(insert(2, 2)), commit(6));
    loop.flush();
    assertThat(table()).containsExactly("1,1", "2,2");
    released.countDown();
    assertThat(finished.get(10, TimeUnit.SECONDS)).isEqualTo("tidemark:s:" + epoch + ":finish");
    try (LedgerView view = target.ledgerView("s")) {
      await(() -> view.read().orElseThrow().progress().orElseThrow().finished());
    }
    assertThat(ledger.claim("one").running().orElseThrow().streamed()).containsExactly(TABLE.id());
  }

  @Test
  void aFinishThatWasCutShortIsTakenUpAgainByTheNextJob() throws Exception {
    loop.close();
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch started = new CountDownLatch(1);
    loop =
        loop(
            SinkLimits.DEFAULT,
            session -> {
              started.countDown();
              never.await();
            });
    put(new ReachedConsistency(epoch, new PrintedProgress("5", "")));
    started.await();
    loop.close();
    assertThat(failure).isNotDone();
    epoch = ledger.claim("one").epoch();
    CompletableFuture<String> finished = new CompletableFuture<>();
    loop = loop(SinkLimits.DEFAULT, finished::complete);
    put(heartbeat(6));
    assertThat(finished.get(10, TimeUnit.SECONDS)).isEqualTo("tidemark:s:" + epoch + ":finish");
  }

  @Test
  void aFinishThatFailsFailsTheTask() throws Exception {
    loop.close();
    loop =
        loop(
            SinkLimits.DEFAULT,
            session -> {
              throw new IllegalStateException("no index today");
            });
    put(new ReachedConsistency(epoch, new PrintedProgress("5", "")));
    assertThat(failure.get(10, TimeUnit.SECONDS)).hasMessage("no index today");
    assertThatThrownBy(() -> loop.flush()).hasMessage("no index today");
  }

  @Test
  void sequencesFollowTheTransactionsBeforeThem() throws Exception {
    server.execute("t", "CREATE SEQUENCE q");
    put(changes(insert(1, 1)), commit(1));
    put(new SequenceValues(epoch, List.of(new SequenceValue(new TableId("public", "q"), 9, true))));
    loop.flush();
    assertThat(query("SELECT nextval('q')::text")).containsExactly("10");
    server.execute("t", "DROP SEQUENCE q");
  }

  @Test
  void closingDoesNotWaitForALockThatNeverComes() throws Exception {
    try (Connection other = server.connect("t")) {
      other.setAutoCommit(false);
      other.createStatement().execute("LOCK TABLE t");
      put(changes(insert(1, 1)), commit(1));
      await(() -> waiting() == 1);
      Instant start = Instant.now();
      loop.close();
      assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(10));
      assertThat(failure).isNotDone();
    }
  }

  private ApplyLoop loop(SinkLimits limits, TargetFinish finish) {
    return loop(limits, finish, failure);
  }

  private ApplyLoop loop(
      SinkLimits limits, TargetFinish finish, CompletableFuture<Throwable> failed) {
    ApplyLoop created =
        new ApplyLoop(target, "s", 0, finish, limits, true, measures, failed::complete);
    created.start();
    return created;
  }

  private void put(ChangeEvent... events) throws InterruptedException {
    for (ChangeEvent event : events) {
      loop.put(event);
    }
  }

  private ChunkBegin begin(int number) {
    return new ChunkBegin(epoch, 1, chunk(number), TABLE, "1:1:", "postgres/copy-text");
  }

  private static Chunk chunk(int number) {
    return new Chunk(TABLE.id(), number, KeyRange.everything());
  }

  private static ChunkRows rows(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new ChunkRows(bytes, bytes.length);
  }

  private static Changes changes(RowChange... changes) {
    return new Changes(Arrays.asList(changes));
  }

  private Commit commit(int position) {
    return new Commit(epoch, new PrintedProgress("" + position, ""), Instant.now());
  }

  private Heartbeat heartbeat(int position) {
    return new Heartbeat(epoch, new PrintedProgress("" + position, ""));
  }

  private static RowChange insert(int a, int u) {
    return new RowChange.Insert(TABLE, row(a, u));
  }

  private static RowChange update(int a, int u) {
    return new RowChange.Update(TABLE, Optional.empty(), row(a, u));
  }

  private static RowChange move(int from, int a, int u) {
    return new RowChange.Update(TABLE, Optional.of(key(from)), row(a, u));
  }

  private static RowChange delete(int a) {
    return new RowChange.Delete(TABLE, key(a));
  }

  private static Row row(int a, int u) {
    return Row.ofText(List.of("" + a, "" + u));
  }

  private static Row key(int a) {
    byte[] bytes = ("" + a).getBytes(StandardCharsets.UTF_8);
    return Row.builder(bytes, 2).setValue(0, 0, bytes.length).build();
  }

  private static List<String> table() throws SQLException {
    return query("SELECT a || ',' || u FROM t ORDER BY a");
  }

  private static String position() throws SQLException {
    return query("SELECT position FROM tidemark.progress").get(0);
  }

  private static int waiting() throws SQLException {
    return query("SELECT pid::text FROM pg_stat_activity WHERE wait_event_type = 'Lock'").size();
  }

  private static long count(Connection connection, String sql) throws SQLException {
    try (ResultSet rows = connection.createStatement().executeQuery(sql)) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }

  private static List<String> query(String sql) throws SQLException {
    try (Connection connection = server.connect("t");
        ResultSet rows = connection.createStatement().executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }

  private interface Condition {
    boolean holds() throws SQLException;
  }

  private static void await(Condition condition) throws SQLException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
