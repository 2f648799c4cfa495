package io.tidemark.database.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.ChangeEvent.ChunkBegin;
import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Progress;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.FencedException;
import io.tidemark.database.Ledger;
import io.tidemark.database.LedgerView;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.WriterLedger;
import io.tidemark.lab.Server;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.testing.PrintedProgress;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the ledger promises, whichever database it lies in. */
abstract class LedgerScenarios {

  /** The database that is copied to. */
  static final String DATABASE = "t";

  private static final TableId TABLE = new TableId("public", "t");
  private static final Table SHAPE =
      new Table(
          TABLE, List.of(new Column("a", "int", false)), Optional.of(new PrimaryKey(List.of("a"))));

  private JdbcTarget target;
  private Ledger ledger;

  abstract Server server();

  abstract JdbcTarget target(String stream);

  /** A statement that ends the ledger, if there is one. */
  abstract String dropping();

  /** The file with a ledger of version 1. */
  abstract String versionOne();

  /** A query that yields a row while a session waits for a lock. */
  abstract String waiting();

  @BeforeEach
  void empty() throws SQLException {
    server().execute(DATABASE, dropping());
    target = target("s");
    ledger = target.ledger("s");
  }

  @Test
  void holdsWhatHappenedFromTheFirstClaimOn() {
    Ledger.Claim claim = ledger.claim("one");
    assertThat(claim.state()).isEqualTo(new Ledger.Fresh());
    ledger.recordIntent(claim.epoch(), "db-7");
    long epoch = claim.epoch() + Ledger.EPOCH_STRIDE;
    assertThat(ledger.claim("one")).isEqualTo(new Ledger.Claim(epoch, new Ledger.Intended("db-7")));
    ledger.recordStart(epoch, "0/10", "5,6", SourceMemory.NONE);
    KeyRange low = KeyRange.between(Optional.empty(), Optional.of(new Key(List.of("5", "ü\"[,"))));
    KeyRange high = KeyRange.between(Optional.of(new Key(List.of("5", "ü\"[,"))), Optional.empty());
    transaction(tx -> tx.recordChunk(begin(epoch, 0, low), 10));
    transaction(tx -> tx.recordChunk(begin(epoch, 1, high), 20));
    transaction(tx -> tx.recordHoles(TABLE, List.of(new Key(List.of("3")))));
    transaction(tx -> tx.recordHoles(TABLE, List.of(new Key(List.of("3")))));
    transaction(tx -> tx.recordProgress(epoch, at("0/20", ""), Optional.of(Instant.EPOCH)));
    assertThat(ledger.claim("one"))
        .isEqualTo(
            new Ledger.Claim(
                epoch + Ledger.EPOCH_STRIDE,
                new Ledger.Running(
                    "db-7",
                    "0/20",
                    "",
                    Set.of(),
                    List.of(
                        new Ledger.CoveredChunk(new Chunk(TABLE, 0, low), "1:2:", 10, 1),
                        new Ledger.CoveredChunk(new Chunk(TABLE, 1, high), "1:2:", 20, 1)),
                    List.of(new Chunk(TABLE, 2, KeyRange.Points.of(new Key(List.of("3"))))),
                    List.of(),
                    Set.of(),
                    SourceMemory.NONE)));
    transaction(
        tx ->
            tx.recordChunk(
                begin(epoch + Ledger.EPOCH_STRIDE, 2, KeyRange.Points.of(new Key(List.of("3")))),
                1));
    transaction(tx -> tx.recordConsistency(epoch + Ledger.EPOCH_STRIDE, at("0/30", "")));
    assertThat(ledger.claim("one").state())
        .isEqualTo(
            new Ledger.Running(
                "db-7",
                "0/30",
                "",
                Set.of(TABLE),
                List.of(),
                List.of(),
                List.of(),
                Set.of(),
                SourceMemory.NONE));
  }

  @Test
  void aKeyThatWasCopiedAgainKeepsItsOwnSnapshotUntilItIsReopened() {
    long epoch = ledger.claim("a").epoch();
    ledger.recordIntent(epoch, "db-7");
    ledger.recordStart(epoch, "0/10", "", SourceMemory.NONE);
    Key key = new Key(List.of("3"));
    transaction(tx -> tx.recordHoles(TABLE, List.of(key)));
    transaction(tx -> tx.recordChunk(begin(epoch, 0, KeyRange.Points.of(key)), 1));
    Ledger.Running copied = ledger.claim("a").running().orElseThrow();
    assertThat(copied.holes()).isEmpty();
    assertThat(copied.recopied())
        .containsExactly(
            new Ledger.CoveredChunk(new Chunk(TABLE, 0, KeyRange.Points.of(key)), "1:2:", 0, 0));
    transaction(tx -> tx.recordHoles(TABLE, List.of(key)));
    Ledger.Running reopened = ledger.claim("a").running().orElseThrow();
    assertThat(reopened.holes()).hasSize(1);
    assertThat(reopened.recopied()).isEmpty();
  }

  @Test
  void aRangeThatIsGivenUpIsForgottenWithTheKeysOfItsTable() {
    long epoch = ledger.claim("a").epoch();
    ledger.recordIntent(epoch, "db-7");
    ledger.recordStart(epoch, "0/10", "", SourceMemory.NONE);
    Optional<Key> five = Optional.of(new Key(List.of("5")));
    Optional<Key> seven = Optional.of(new Key(List.of("7")));
    Optional<Key> nine = Optional.of(new Key(List.of("9")));
    KeyRange last = KeyRange.between(nine, Optional.empty());
    transaction(tx -> tx.recordChunk(begin(epoch, 0, KeyRange.between(Optional.empty(), five)), 1));
    transaction(tx -> tx.recordChunk(begin(epoch, 1, KeyRange.between(five, seven)), 1));
    transaction(tx -> tx.recordChunk(begin(epoch, 2, KeyRange.between(seven, nine)), 1));
    transaction(tx -> tx.recordChunk(begin(epoch, 7, last), 1));
    Key hole = new Key(List.of("3"));
    Key filled = new Key(List.of("4"));
    transaction(tx -> tx.recordHoles(TABLE, List.of(hole, filled)));
    KeyRange.Points points = KeyRange.Points.of(filled);
    transaction(tx -> assertThat(tx.recordChunk(begin(epoch, 0, points), 1)).isTrue());
    transaction(
        tx ->
            tx.recordUncovered(
                TABLE, (KeyRange.Between) KeyRange.between(Optional.empty(), seven)));
    transaction(
        tx ->
            assertThat(tx.recordChunk(begin(epoch, 0, KeyRange.Points.of(hole)), 1))
                .as("a key of a range that was given up counts")
                .isFalse());
    Ledger.Running running = ledger.claim("a").running().orElseThrow();
    assertThat(running.chunks())
        .extracting(covered -> covered.chunk().number())
        .containsExactly(2, 7);
    assertThat(running.holes()).isEmpty();
    assertThat(running.recopied()).isEmpty();
    assertThat(running.uncovered()).containsExactly(TABLE);
    assertThat(running.memory()).isEqualTo(SourceMemory.NONE);
    transaction(tx -> tx.recordConsistency(epoch + Ledger.EPOCH_STRIDE, at("0/30", "")));
    assertThat(ledger.claim("a").running().orElseThrow().uncovered()).isEmpty();
  }

  @Test
  void manyKeysAreNotedAtOnce() {
    long epoch = ledger.claim("a").epoch();
    ledger.recordIntent(epoch, "db-7");
    ledger.recordStart(epoch, "0/10", "", SourceMemory.NONE);
    List<Key> keys = IntStream.range(0, 1_203).mapToObj(i -> new Key(List.of("k" + i))).toList();
    transaction(tx -> tx.recordHoles(TABLE, keys));
    transaction(tx -> tx.recordHoles(TABLE, keys));
    assertThat(ledger.claim("a").running().orElseThrow().holes()).hasSize(keys.size());
    KeyRange.Points points = new KeyRange.Points(keys);
    transaction(
        tx ->
            assertThat(tx.recordChunk(begin(epoch + Ledger.EPOCH_STRIDE, 0, points), 1)).isTrue());
    assertThat(ledger.claim("a").running().orElseThrow().recopied()).hasSize(keys.size());
  }

  @Test
  void remembersAndForgetsFacts() {
    long epoch = ledger.claim("a").epoch();
    ledger.recordIntent(epoch, "db-7");
    ledger.recordStart(epoch, "0/10", "", new SourceMemory(Map.of("t", "1", "u", "2")));
    ledger.remember(
        epoch, Map.of("t", Optional.of("3\n'\\"), "u", Optional.empty(), "v", Optional.of("4")));
    assertThat(ledger.claim("a").running().orElseThrow().memory())
        .isEqualTo(new SourceMemory(Map.of("t", "3\n'\\", "v", "4")));
    assertThatThrownBy(() -> ledger.remember(epoch, Map.of("t", Optional.empty())))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("epoch");
    ledger.recordStart(epoch + Ledger.EPOCH_STRIDE, "0/20", "", new SourceMemory(Map.of("w", "5")));
    assertThat(ledger.claim("a").running().orElseThrow().memory())
        .isEqualTo(new SourceMemory(Map.of("w", "5")));
  }

  /** The tables of version 1, and a stream in its copy, as they were written then. */
  private void makeVersionOne() throws Exception {
    try (InputStream file = getClass().getResourceAsStream("/ledger/" + versionOne())) {
      String statements = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      server().execute(DATABASE, statements.strip().split(";\n?"));
    }
  }

  @Test
  void aLedgerOfVersionOneIsReadAndBroughtUpWithAllThatItHolds() throws Exception {
    makeVersionOne();
    try (LedgerView view = target.ledgerView("s")) {
      assertThat(view.read().orElseThrow().tables()).hasSize(2);
    }
    Ledger.Running running = ledger.claim("two").running().orElseThrow();
    Chunk chunk =
        new Chunk(TABLE, 0, KeyRange.between(Optional.empty(), Optional.of(new Key(List.of("5")))));
    assertThat(running)
        .isEqualTo(
            new Ledger.Running(
                "db-7",
                "0/20",
                "5,6",
                Set.of(new TableId("public", "u")),
                List.of(new Ledger.CoveredChunk(chunk, "1:2:", 10, 1)),
                List.of(new Chunk(TABLE, 1, KeyRange.Points.of(new Key(List.of("3"))))),
                List.of(),
                Set.of(),
                SourceMemory.NONE));
    ledger.remember(77 + Ledger.EPOCH_STRIDE, Map.of("t", Optional.of("1")));
    assertThat(ledger.claim("two").running().orElseThrow().memory().facts()).hasSize(1);
    assertThat(target.removeLedger("s")).isTrue();
    assertThat(target.removeLedger("s")).isFalse();
  }

  @Test
  void aLedgerOfVersionOneCanBeRemoved() throws Exception {
    makeVersionOne();
    assertThat(target.removeLedger("s")).isTrue();
    assertThat(target.removeLedger("s")).isFalse();
  }

  @Test
  void aLedgerOfANewerTidemarkIsRefusedByNameAndLeftAlone() throws SQLException {
    ledger.claim("a");
    server()
        .execute(
            DATABASE,
            "INSERT INTO tidemark.version (number, since) VALUES (99, '2026-01-02 03:04:05')");
    for (ThrowingCallable use :
        List.<ThrowingCallable>of(
            () -> ledger.claim("a"),
            () -> target.ledgerView("s").read(),
            () -> target.removeLedger("s"))) {
      assertThatThrownBy(use)
          .isInstanceOfSatisfying(
              DatabaseException.class,
              e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.FATAL))
          .hasMessageContaining("written by a newer Tidemark")
          .hasMessageContaining("version 99")
          .hasMessageContaining("up to " + LedgerVersion.NEWEST);
    }
  }

  @Test
  void anotherSubmissionTakesOverAndTheFormerOneIsRefusedForGood() {
    long epoch = ledger.claim("old").epoch();
    assertThat(ledger.claim("new").epoch()).isEqualTo(epoch + Ledger.EPOCH_STRIDE);
    assertThatThrownBy(() -> ledger.claim("old")).isInstanceOf(FencedException.class);
    assertThat(ledger.claim("new").epoch()).isEqualTo(epoch + 2 * Ledger.EPOCH_STRIDE);
    assertThatThrownBy(() -> ledger.recordIntent(epoch + Ledger.EPOCH_STRIDE, "x"))
        .isInstanceOf(DatabaseException.class);
    assertThatThrownBy(() -> ledger.recordStart(epoch, "x", "", SourceMemory.NONE))
        .isInstanceOf(FencedException.class);
  }

  /** Its epoch must not be one that the stream of the same name has had before. */
  @Test
  void aWriterFromBeforeADropChangesNothingInTheStreamThatIsStartedAnew() {
    long before = ledger.claim("old").epoch();
    target.removeLedger("s");
    long after = ledger.claim("new").epoch();
    ledger.recordIntent(after, "db");
    ledger.recordStart(after, "0/1", "", SourceMemory.NONE);
    assertThatThrownBy(
            () -> transaction(tx -> tx.recordProgress(before, at("0/9", ""), Optional.empty())))
        .isInstanceOf(FencedException.class);
    assertThat(after).isGreaterThan(before);
  }

  @Test
  void anOlderAttemptOfTheSameSubmissionChangesNothingAndMayStartAgain() {
    long older = ledger.claim("one").epoch();
    ledger.claim("one");

    assertThatThrownBy(() -> transaction(writer -> writer.requireEpoch(older)))
        .isInstanceOfSatisfying(
            DatabaseException.class,
            refused -> assertThat(refused.kind()).isEqualTo(DatabaseException.Kind.RETRYABLE))
        .hasMessageContaining("another attempt of this same job");
  }

  @Test
  void nothingIsWrittenUnderAnOldEpoch() {
    long epoch = ledger.claim("one").epoch();
    ledger.recordIntent(epoch, "db");
    ledger.recordStart(epoch, "0/1", "", SourceMemory.NONE);
    Ledger.State before = ledger.claim("two").state();
    assertThatThrownBy(
            () -> transaction(tx -> tx.recordProgress(epoch, at("0/9", ""), Optional.empty())))
        .isInstanceOf(FencedException.class)
        .hasMessageContaining("epoch " + (epoch + Ledger.EPOCH_STRIDE));
    assertThatThrownBy(
            () -> transaction(tx -> tx.recordChunk(begin(epoch, 0, KeyRange.everything()), 1)))
        .isInstanceOf(FencedException.class);
    assertThatThrownBy(() -> transaction(tx -> tx.recordConsistency(epoch, at("0/9", ""))))
        .isInstanceOf(FencedException.class);
    assertThat(ledger.claim("two").state()).isEqualTo(before);
  }

  /** The writer stands between its epoch check and its commit, as after a SIGSTOP. */
  @Test
  void aClaimEndsAWriterThatHoldsTheLockAndNeverAnswers() throws SQLException {
    long epoch = ledger.claim("one").epoch();
    ledger.recordIntent(epoch, "db");
    ledger.recordStart(epoch, "0/1", "", SourceMemory.NONE);
    try (Connection zombie = target.connect("tidemark:s:" + epoch + ":write-0")) {
      LedgerSql stopped = new LedgerSql(zombie, target.ledgerDialect());
      new LedgerTransaction(stopped, "s").recordProgress(epoch, at("0/9", ""), Optional.empty());
      Instant start = Instant.now();
      Ledger.Claim claim = ledger.claim("two");
      assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(15));
      assertThat(claim.running().orElseThrow().position()).isEqualTo("0/1");
      assertThatThrownBy(stopped::commit).isInstanceOf(RuntimeException.class);
    }
    try (LedgerView view = target.ledgerView("s")) {
      assertThat(view.read().orElseThrow().progress().orElseThrow().position()).isEqualTo("0/1");
    }
  }

  @Test
  void aClaimWaitsForACommitThatIsUnderWayAndSeesIt() throws Exception {
    long epoch = ledger.claim("one").epoch();
    ledger.recordIntent(epoch, "db");
    ledger.recordStart(epoch, "0/1", "", SourceMemory.NONE);
    try (Connection connection = target.connect("somebody-else")) {
      LedgerSql committing = new LedgerSql(connection, target.ledgerDialect());
      new LedgerTransaction(committing, "s").recordProgress(epoch, at("0/9", ""), Optional.empty());
      var claim = java.util.concurrent.CompletableFuture.supplyAsync(() -> ledger.claim("two"));
      try (Connection watch = server().connect(DATABASE)) {
        while (!isAnybodyWaiting(watch)) {
          assertThat(claim).as("a claim that must wait").isNotDone();
          Thread.onSpinWait();
        }
      }
      committing.commit();
      assertThat(claim.get().running().orElseThrow().position()).isEqualTo("0/9");
    }
  }

  @Test
  void theViewShowsWhereAStreamStandsAndWhatIsNotThereIsNotThere() {
    try (LedgerView view = target.ledgerView("s")) {
      assertThat(view.read()).isEmpty();
      target.ledger("other").claim("x");
      assertThat(view.read()).isEmpty();
      long epoch = ledger.claim("one").epoch();
      assertThat(view.read().orElseThrow().state()).isEqualTo("fresh");
      ledger.recordIntent(epoch, "db");
      ledger.recordStart(epoch, "0/1", "", SourceMemory.NONE);
      transaction(tx -> tx.recordChunk(begin(epoch, 0, KeyRange.everything()), 10));
      assertThat(view.read().orElseThrow().tables())
          .containsExactly(new LedgerView.TableStanding(TABLE, 10, 1, 1, true, false));
      transaction(tx -> tx.recordProgress(epoch, at("0/2", ""), Optional.of(Instant.EPOCH)));
      transaction(tx -> tx.recordConsistency(epoch, at("0/3", "")));
      LedgerView.Standing standing = view.read().orElseThrow();
      assertThat(standing.tables())
          .containsExactly(new LedgerView.TableStanding(TABLE, 10, 0, 0, true, true));
      assertThat(standing.progress().orElseThrow().consistent()).isTrue();
      assertThat(standing.progress().orElseThrow().committedAt()).contains(Instant.EPOCH);
    }
  }

  @Test
  void aNewTableTakesConsistencyAndFinishBackAndOneThatIsGoneDoesNot() {
    long epoch = ledger.claim("one").epoch();
    ledger.recordIntent(epoch, "db");
    ledger.recordStart(epoch, "0/1", "", SourceMemory.NONE);
    transaction(tx -> tx.recordChunk(begin(epoch, 0, KeyRange.everything()), 10));
    transaction(tx -> tx.recordConsistency(epoch, at("0/3", "")));
    ledger.recordFinish(epoch, "test");
    TableId added = new TableId("public", "added");
    try (LedgerView view = target.ledgerView("s")) {
      ledger.recordSelection(epoch, Set.of(TABLE));
      assertThat(view.read().orElseThrow().progress().orElseThrow())
          .matches(log -> log.consistent() && log.finished());

      ledger.recordSelection(epoch, Set.of(TABLE, added));
      assertThat(view.read().orElseThrow().progress().orElseThrow())
          .matches(log -> !log.consistent() && !log.finished());
      assertThat(view.read().orElseThrow().tables())
          .containsExactly(new LedgerView.TableStanding(TABLE, 10, 0, 0, true, true));

      ledger.recordSelection(epoch, Set.of(added));
      assertThat(view.read().orElseThrow().tables()).isEmpty();
    }
    assertThatThrownBy(() -> ledger.recordSelection(epoch - Ledger.EPOCH_STRIDE, Set.of(added)))
        .isInstanceOf(FencedException.class);
  }

  @Test
  void theFirstFailureOfTheNewestEpochIsWhatStays() {
    long epoch = ledger.claim("one").epoch();
    ledger.report(epoch, LedgerView.About.FAILURE, Optional.of("first\0" + "ü".repeat(10_000)));
    ledger.report(epoch, LedgerView.About.FAILURE, Optional.of("of the first"));
    ledger.report(epoch, LedgerView.About.TARGET_WAIT, Optional.of("a lock"));
    ledger.report(epoch, LedgerView.About.TARGET_WAIT, Optional.empty());
    try (LedgerView view = target.ledgerView("s")) {
      assertThat(view.read().orElseThrow().reports())
          .singleElement()
          .satisfies(
              report -> {
                assertThat(report.about()).isEqualTo(LedgerView.About.FAILURE);
                assertThat(report.epoch()).isEqualTo(epoch);
                assertThat(report.words()).startsWith("first ü").hasSize(4_000);
                assertThat(report.at()).isBetween(Instant.now().minusSeconds(60), Instant.now());
              });
      ledger.claim("two");
      ledger.report(epoch, LedgerView.About.FAILURE, Optional.of("of a job that was replaced"));
      assertThat(view.read().orElseThrow().reports().get(0).words()).startsWith("first");
      ledger.report(epoch + Ledger.EPOCH_STRIDE, LedgerView.About.FAILURE, Optional.of("second"));
      assertThat(view.read().orElseThrow().reports())
          .extracting(LedgerView.Report::words)
          .containsExactly("second");
    }
  }

  @Test
  void anEpochsSessionsAreCounted() throws SQLException {
    long epoch = ledger.claim("one").epoch();
    String prefix = "tidemark:s:" + epoch + ":";
    assertThat(target.sessions(prefix)).isZero();
    try (Connection open = target.connect(prefix + "write-0")) {
      assertThat(open.isValid(10)).isTrue();
      assertThat(target.sessions(prefix)).isOne();
      assertThat(target.sessions("tidemark:s:" + (epoch + Ledger.EPOCH_STRIDE) + ":")).isZero();
    }
  }

  @Test
  void theLastStreamTakesTheSchemaWithIt() throws SQLException {
    Ledger other = target.ledger("other");
    ledger.claim("one");
    long epoch = other.claim("two").epoch();
    assertThat(target.removeLedger("s")).isTrue();
    assertThat(target.removeLedger("s")).isFalse();
    assertThat(other.claim("two").epoch()).isEqualTo(epoch + Ledger.EPOCH_STRIDE);
    assertThat(target.removeLedger("other")).isTrue();
    assertThat(target.removeLedger("other")).isFalse();
    server().execute(DATABASE, "CREATE SCHEMA tidemark");
  }

  /** Where each statement that drops something is committed, and after a hand has dropped some. */
  @Test
  void aRemovalThatWasStoppedCanBeGoneOnWithOrStartedOver() throws SQLException {
    ledger.claim("one");
    String[] partly = {"DROP TABLE tidemark.stream", "DROP TABLE tidemark.hole"};
    server().execute(DATABASE, partly);
    assertThat(target.ledgerView("s").read()).isEmpty();
    Ledger.Claim claim = ledger.claim("two");
    ledger.recordIntent(claim.epoch(), "db");
    assertThat(ledger.claim("two").state()).isEqualTo(new Ledger.Intended("db"));
    server().execute(DATABASE, partly);
    assertThat(target.removeLedger("s")).isFalse();
    server().execute(DATABASE, "CREATE SCHEMA tidemark");
  }

  @Test
  void whatSomebodyElseKeepsInTheSchemaOfTheLedgerStays() throws SQLException {
    ledger.claim("one");
    server().execute(DATABASE, "CREATE TABLE tidemark.mine (id INTEGER)");
    assertThat(target.removeLedger("s")).isTrue();
    server().execute(DATABASE, "DROP TABLE tidemark.mine", "DROP SCHEMA tidemark");
  }

  @Test
  void keysAndPositionsMayBeLongerThanAnIndexTakesAndDifferInCaseOnly() {
    long epoch = ledger.claim("one").epoch();
    ledger.recordIntent(epoch, "db");
    String position = "3E11FA47-71CA-11E1-9E33-C80AA9429562:1-5,".repeat(5000);
    ledger.recordStart(epoch, position, "", SourceMemory.NONE);
    Key lower = new Key(List.of("ä".repeat(5000)));
    Key upper = new Key(List.of("Ä".repeat(5000)));
    transaction(tx -> tx.recordHoles(TABLE, List.of(lower)));
    transaction(tx -> tx.recordHoles(TABLE, List.of(upper)));
    transaction(tx -> tx.recordHoles(TABLE, List.of(upper)));
    transaction(tx -> tx.recordChunk(begin(epoch, 0, KeyRange.Points.of(lower)), 1));
    Ledger.Running running = ledger.claim("one").running().orElseThrow();
    assertThat(running.position()).isEqualTo(position);
    assertThat(running.holes()).extracting(Chunk::range).containsExactly(KeyRange.Points.of(upper));
    assertThat(running.recopied()).hasSize(1);
  }

  private boolean isAnybodyWaiting(Connection watch) throws SQLException {
    try (var rows = watch.createStatement().executeQuery(waiting())) {
      return rows.next();
    }
  }

  private interface Work {
    void in(WriterLedger transaction);
  }

  private void transaction(Work work) {
    try (Connection connection = target.connect("test")) {
      LedgerSql sql = new LedgerSql(connection, target.ledgerDialect());
      work.in(new LedgerTransaction(sql, "s"));
      sql.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ChunkBegin begin(long epoch, int number, KeyRange range) {
    return new ChunkBegin(
        epoch, 1, new Chunk(TABLE, number, range), SHAPE, "1:2:", "postgres/copy-text");
  }

  private static Progress at(String position, String pending) {
    return new PrintedProgress(position, pending);
  }
}
