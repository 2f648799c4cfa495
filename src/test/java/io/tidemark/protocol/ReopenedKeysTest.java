package io.tidemark.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.protocol.NumberedPositions.At;
import io.tidemark.protocol.NumberedPositions.Id;
import io.tidemark.protocol.NumberedPositions.Snapshot;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Very many rows that move from a range that is not copied into one that is, without their large
 * value: an UPDATE of every key of a table between two cycles.
 */
class ReopenedKeysTest {

  private static final TableId ID = new TableId("s", "t");
  private static final Table TABLE =
      new Table(
          ID,
          List.of(new Column("k", "integer", false), new Column("v", "text", false)),
          Optional.of(new PrimaryKey(List.of("k"))));
  private static final Key ZERO = new Key(List.of("0"));
  private static final Snapshot FIRST = Snapshot.of(1);
  private static final Snapshot SECOND = Snapshot.of(1, 2, 5);

  /** As many as a log reader's message brings of small changes. */
  private static final int BATCH = 100;

  private static final int KEYS_PER_CHUNK = 500;

  /** The work is linear: eight times the keys take about eight times as long, not 64 times. */
  @Test
  void theWorkForAKeyDoesNotGrowWithTheNumberOfKeys() {
    copiedAgain(20_000);
    double few = nanosPerKey(20_000);
    double many = nanosPerKey(160_000);
    assertThat(many)
        .as("ns per key of 160,000, when 20,000 take " + few + " each")
        .isLessThan(5 * few);
  }

  private static double nanosPerKey(int keys) {
    double least = Double.MAX_VALUE;
    for (int attempt = 0; attempt < 3; attempt++) {
      var thread = ManagementFactory.getThreadMXBean();
      long before = thread.getCurrentThreadCpuTime();
      copiedAgain(keys);
      least = Math.min(least, (thread.getCurrentThreadCpuTime() - before) / (double) keys);
    }
    return least;
  }

  /** From the log reader's judgement to the key's own snapshot, through all that decides. */
  private static void copiedAgain(int keys) {
    CopyCoordinator copy = coordinator();
    LogGate gate = gate(copy.coverage(), new LogGate.Reopening(LogGate.MOST_REOPENED, true));
    assertThat(copy.start()).isEmpty();
    List<Key> reopened = reopen(gate, keys);
    gate.processed(new Id(2), new At(2));
    CheckpointBook<Handed> book = new CheckpointBook<>();
    reopened.forEach(key -> book.reopened(ID, List.of(key)));
    book.taken(1, Optional.of(new At(2)));
    List<Key> durable = book.completed(1).keys().get(ID);
    assertThat(durable).hasSize(keys);
    List<Decision> decisions = new ArrayList<>();
    for (int from = 0; from < keys; from += 1_000) {
      decisions.addAll(copy.keysReopened(ID, durable.subList(from, Math.min(keys, from + 1_000))));
    }
    assertThat(decisions).containsExactly(new Decision.HoldLog(1));
    copy.logHeld(1, Set.of());
    copy.noSharedSnapshot(1);
    decisions = copy.sessionOpened(1, 1, SECOND, 0);
    List<Chunk> written = new ArrayList<>();
    Set<Key> left = new HashSet<>(durable);
    while (!decisions.isEmpty()) {
      List<Decision> next = new ArrayList<>();
      for (Decision decision : decisions) {
        if (decision instanceof Decision.Assign assign) {
          List<Key> of = ((KeyRange.Points) assign.chunk().range()).keys();
          assertThat(of.size()).isLessThanOrEqualTo(KEYS_PER_CHUNK);
          left.removeAll(new HashSet<>(of));
          written.add(assign.chunk());
          next.addAll(copy.chunkWritten(1, 1, assign.chunk()));
        }
      }
      decisions = next;
    }
    assertThat(left).isEmpty();
    assertThat(written).hasSize((keys + KEYS_PER_CHUNK - 1) / KEYS_PER_CHUNK);
    Decision.PublishDurable published =
        (Decision.PublishDurable) copy.chunksDurable(1, written).get(0);
    assertThat(published.recopied().get(ID)).hasSize(keys);
    gate.durable(1, published.coverage(), published.recopied(), Set.of());
    assertThat(gate.isWaitingToPass()).isTrue();
    gate.advance(new At(10));
    assertThat(gate.isConsistent()).isTrue();
  }

  /** The keys below 0 are not copied, those above are. */
  private static List<Key> reopen(LogGate gate, int keys) {
    List<Key> reopened = new ArrayList<>();
    for (int from = 0; from < keys; from += BATCH) {
      List<RowChange> moves = new ArrayList<>();
      for (int key = from; key < Math.min(keys, from + BATCH); key++) {
        moves.add(moved(key));
      }
      for (RowChange kept : gate.judge(new Id(2), moves, ReopenedKeysTest::locate).kept()) {
        reopened.add(((RowChange.Reopen) kept).key());
      }
    }
    assertThat(reopened).hasSize(keys);
    return reopened;
  }

  /** Without a ledger nothing could forget what was copied. */
  @Test
  void moreThanCanBeKeptStopAStreamWithoutALedgerWithTheWayOn() {
    LogGate gate = gate(coordinator().coverage(), new LogGate.Reopening(1_000, false));
    assertThatThrownBy(() -> reopen(gate, 1_001))
        .isInstanceOfSatisfying(
            DatabaseException.class,
            refused -> assertThat(refused.kind()).isEqualTo(DatabaseException.Kind.FATAL))
        .hasMessageContaining("more than 1000 rows of table s.t were given other keys")
        .hasMessageContaining("REPLICA IDENTITY FULL");
  }

  @Test
  void aTableWithMoreThanCanBeKeptIsGivenUp() {
    CopyCoordinator copy = coordinator();
    LogGate gate = gate(copy.coverage(), new LogGate.Reopening(2, true));
    KeyRange.Between low = between(Optional.empty(), Optional.of(ZERO));
    KeyRange.Between high = between(Optional.of(ZERO), Optional.empty());
    assertThat(judge(gate, moved(1), moved(2)))
        .containsExactly(new RowChange.Reopen(TABLE, key(1)), new RowChange.Reopen(TABLE, key(2)));
    assertThat(judge(gate, moved(3)))
        .containsExactly(
            new RowChange.Reopen(TABLE, key(3)),
            new RowChange.Uncover(TABLE, low),
            new RowChange.Uncover(TABLE, high),
            new RowChange.Clear(TABLE, low, List.of()),
            new RowChange.Clear(TABLE, high, List.of()));
    assertThat(judge(gate, moved(4), new RowChange.Insert(TABLE, keyOnly(7))))
        .as("what comes after is left to the new copy")
        .isEmpty();
    gate.processed(new Id(2), new At(2));

    Decision.PublishDurable before =
        new Decision.PublishDurable(0, copy.coverage(), Map.of(), Set.of());
    gate.durable(0, before.coverage(), before.recopied(), before.uncovered());
    assertThat(gate.mayProcess(new Id(3))).as("what it hears has the table as copied").isFalse();
    assertThat(gate.awaitsUncovered()).isTrue();

    copy.start();
    List<Decision> decisions = copy.uncovered(ID, gate.durable());
    Decision.PublishDurable heard = (Decision.PublishDurable) decisions.get(0);
    assertThat(heard.uncovered()).containsExactly(ID);
    assertThat(heard.coverage()).isEqualTo(Map.of(ID, TableCoverage.NONE));
    assertThat(decisions.subList(1, decisions.size())).containsExactly(new Decision.HoldLog(1));
    assertThat(copy.state().covered()).isEmpty();
    gate.durable(0, heard.coverage(), heard.recopied(), heard.uncovered());
    assertThat(gate.mayProcess(new Id(3))).isTrue();
    assertThat(judge(gate, new RowChange.Insert(TABLE, keyOnly(7)))).isEmpty();
  }

  /** What such a chunk brings is refused by the ledger, if it comes after the range is given up. */
  @Test
  void aTableIsCopiedAnewOnlyOnceItsKeysUnderWayHaveComeToTheirEnd() {
    CopyCoordinator copy = coordinator();
    assertThat(copy.keysReopened(ID, List.of(key(1)))).containsExactly(new Decision.HoldLog(1));
    copy.logHeld(1, Set.of());
    copy.noSharedSnapshot(1);
    Chunk keys =
        copy.sessionOpened(1, 1, SECOND, 0).stream()
            .filter(Decision.Assign.class::isInstance)
            .map(decision -> ((Decision.Assign) decision).chunk())
            .findFirst()
            .orElseThrow();
    assertThat(copy.uncovered(ID, 0)).singleElement().isInstanceOf(Decision.PublishDurable.class);
    copy.chunkWritten(1, 1, keys);
    assertThat(copy.phase()).isEqualTo(CopyCoordinator.Phase.IDLE);
    List<Decision> decisions = copy.chunksDurable(1, List.of(keys));
    assertThat(((Decision.PublishDurable) decisions.get(0)).recopied()).isEmpty();
    assertThat(decisions.get(1)).isEqualTo(new Decision.HoldLog(2));
    assertThat(copy.state().holes()).isEmpty();
  }

  @Test
  void aTableThatIsGivenUpIsSaidToBeInPlaceOfItsKeysBefore() {
    CheckpointBook<Handed> book = new CheckpointBook<>();
    book.reopened(ID, List.of(key(1)));
    book.uncovered(ID, 4);
    book.taken(1, Optional.empty());
    book.reopened(ID, List.of(key(2)));
    book.taken(2, Optional.empty());
    CheckpointBook.Durable first = book.completed(1);
    assertThat(first.uncovered()).isEqualTo(Map.of(ID, 4L));
    assertThat(first.keys()).isEmpty();
    CheckpointBook.Durable second = book.completed(2);
    assertThat(second.uncovered()).isEmpty();
    assertThat(second.keys()).isEqualTo(Map.of(ID, List.of(key(2))));
  }

  @Test
  void aKeyThatIsReopenedTwiceIsSaidTwiceToBeDurable() {
    CheckpointBook<Handed> book = new CheckpointBook<>();
    Key key = new Key(List.of("1"));
    book.reopened(ID, List.of(key));
    book.taken(1, Optional.empty());
    book.reopened(ID, List.of(key));
    book.taken(2, Optional.empty());
    assertThat(book.completed(1).keys()).isEqualTo(Map.of(ID, List.of(key)));
    assertThat(book.completed(2).keys()).isEqualTo(Map.of(ID, List.of(key)));
    book.taken(3, Optional.empty());
    assertThat(book.completed(3).keys()).isEmpty();
  }

  private record Handed(long cycle, Chunk chunk) implements CheckpointBook.Written {}

  /** Of a table whose keys from 0 on are copied, and those below too, but with everything in it. */
  private static CopyCoordinator coordinator() {
    return new CopyCoordinator(
        List.of(TABLE),
        new CopyState(
            Set.of(),
            List.of(
                new CoveredRange(
                    ID,
                    0,
                    0,
                    (KeyRange.Between) KeyRange.between(Optional.empty(), Optional.of(ZERO)),
                    SECOND),
                new CoveredRange(
                    ID,
                    1,
                    Integer.MAX_VALUE,
                    (KeyRange.Between) KeyRange.between(Optional.of(ZERO), Optional.empty()),
                    FIRST)),
            Map.of(),
            Map.of(),
            List.of()),
        List.of(1),
        1_000,
        KEYS_PER_CHUNK,
        0);
  }

  private static LogGate gate(Map<TableId, TableCoverage> coverage, LogGate.Reopening reopening) {
    return new LogGate(
        new LogProgress(new At(1), Set.of(), new NumberedPositions()), coverage, reopening);
  }

  private static List<RowChange> judge(LogGate gate, RowChange... changes) {
    return gate.judge(new Id(2), List.of(changes), ReopenedKeysTest::locate).kept();
  }

  /** From below 0, where everything is copied with it, to where it is not. */
  private static RowChange moved(int key) {
    return new RowChange.Update(TABLE, Optional.of(keyOnly(-key - 1)), keyOnly(key));
  }

  private static Key key(int number) {
    return new Key(List.of(Integer.toString(number)));
  }

  private static KeyRange.Between between(Optional<Key> from, Optional<Key> to) {
    return (KeyRange.Between) KeyRange.between(from, to);
  }

  private static int[] locate(Table table, List<Key> keys, List<Key> bounds) {
    return keys.stream()
        .mapToInt(
            key -> (int) bounds.stream().filter(bound -> number(bound) <= number(key)).count())
        .toArray();
  }

  private static int number(Key key) {
    return Integer.parseInt(key.values().get(0));
  }

  private static Row keyOnly(int key) {
    byte[] bytes = Integer.toString(key).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    Row.Builder row = Row.builder(bytes, 2);
    row.setValue(0, 0, bytes.length);
    return row.build();
  }
}
