package io.tidemark.protocol;

import static io.tidemark.protocol.RangeState.Uncovered.UNCOVERED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.TransactionId;
import io.tidemark.protocol.NumberedPositions.At;
import io.tidemark.protocol.NumberedPositions.Id;
import io.tidemark.protocol.NumberedPositions.Snapshot;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LogGateTest {

  private static final LogGate.Reopening REOPENING = new LogGate.Reopening(100, true);

  private static final Table TABLE =
      new Table(
          new TableId("s", "t"),
          List.of(new Column("k", "integer", false), new Column("v", "text", false)),
          Optional.of(new PrimaryKey(List.of("k"))));
  private static final RangeState COPIED = new RangeState.Copied(Snapshot.of(1, 3));

  /** T1 for sure, perhaps T2 and T3. */
  private static final NumberedPositions.Bounds BOUNDS =
      new NumberedPositions.Bounds(Set.of(1), Set.of(1, 2, 3));

  private static final RangeState DOUBTED = new RangeState.Copied(BOUNDS);

  /** Below 5 copied from a snapshot with T1 and T3, above not covered. */
  private static final TableCoverage HALF =
      new TableCoverage(List.of(key(5)), List.of(COPIED, UNCOVERED), Map.of());

  @Test
  void dropsWhatIsNotCoveredAndWhatTheCopyContains() {
    LogGate gate = gate(HALF);
    RowChange below = insert(2);
    RowChange above = insert(7);
    assertThat(judge(gate, 2, below, above)).containsExactly(below);
    assertThat(judge(gate, 3, below, above)).isEmpty();
    assertThat(judge(gate, 4, above)).isEmpty();
  }

  @Test
  void holdsUntilEverySessionThatIsNotDurableIncludesTheTransaction() {
    LogGate gate = gate(TableCoverage.NONE);
    gate.hold(1);
    assertThat(gate.mayProcess(new Id(1))).isFalse();
    gate.arm(1, List.of(Snapshot.of(1), Snapshot.of(1, 2)), false);
    assertThat(gate.mayProcess(new Id(1))).isTrue();
    assertThat(gate.mayProcess(new Id(2))).isFalse();
    gate.durable(1, Map.of(TABLE.id(), HALF), Map.of(), Set.of());
    assertThat(gate.mayProcess(new Id(2))).isTrue();
  }

  @Test
  void aHoldForALaterCycleOutlivesTheArmingOfAnEarlierOne() {
    LogGate gate = gate(TableCoverage.NONE);
    gate.hold(2);
    gate.arm(1, List.of(Snapshot.of(1)), false);
    assertThat(gate.heldFor()).contains(2L);
  }

  @Test
  void splitsAChangeOfTheKeyBetweenItsRanges() {
    LogGate gate = gate(HALF);
    assertThat(judge(gate, 2, move(2, row(7)))).containsExactly(delete(2));
    assertThat(judge(gate, 2, move(7, row(2)))).containsExactly(insert(2));
    assertThat(judge(gate, 2, move(7, row(8)))).isEmpty();
    RowChange within = move(2, row(3));
    assertThat(judge(gate, 2, within)).containsExactly(within);
  }

  @Test
  void aRowThatComesInWithoutItsLargeValueIsReopenedAndThenLeftAlone() {
    LogGate gate = gate(HALF);
    assertThat(judge(gate, 2, move(7, keyOnly(2)), delete(2)))
        .containsExactly(new RowChange.Reopen(TABLE, key(2)));
    assertThat(judge(gate, 4, insert(2), insert(3))).containsExactly(insert(3));
    gate.durable(
        1,
        Map.of(TABLE.id(), HALF),
        Map.of(TABLE.id(), Map.of(key(2), Snapshot.of(1, 2, 3, 4))),
        Set.of());
    assertThat(judge(gate, 4, insert(2))).isEmpty();
    assertThat(judge(gate, 5, insert(2))).containsExactly(insert(2));
  }

  /** A transaction may alter the table in its midst. */
  @Test
  void aReopenedKeyIsLeftAloneByWhicheverVersionItsRowsCome() {
    Table altered = new Table(TABLE.id(), 1, TABLE.columns(), TABLE.key());
    RowChange later = new RowChange.Delete(altered, ((RowChange.Delete) delete(2)).before());
    assertThat(judge(gate(HALF), 2, move(7, keyOnly(2)), later))
        .containsExactly(new RowChange.Reopen(TABLE, key(2)));
  }

  @Test
  void aTruncateEmptiesWhatDoesNotContainItAndSparesTheKeysThatDo() {
    TableCoverage covered =
        new TableCoverage(
            List.of(key(5)),
            List.of(COPIED, UNCOVERED),
            Map.of(
                key(1), new RangeState.Copied(Snapshot.of(1, 2, 3)),
                key(2), UNCOVERED,
                key(3), new RangeState.Copied(Snapshot.of(1, 3))));
    RowChange truncate = new RowChange.Truncate(List.of(TABLE));
    List<RowChange> kept = judge(gate(covered), 2, truncate);
    assertThat(kept).hasSize(1);
    RowChange.Clear clear = (RowChange.Clear) kept.get(0);
    assertThat(clear.range()).isEqualTo(KeyRange.between(Optional.empty(), Optional.of(key(5))));
    assertThat(clear.spared()).containsExactlyInAnyOrder(key(1), key(2));
    assertThat(judge(gate(covered), 3, truncate)).isEmpty();
  }

  @Test
  void isConsistentOnceEverySnapshotIsPassedAndNoSessionCounts() {
    LogGate gate = gate(new TableCoverage(List.of(), List.of(COPIED), Map.of()));
    assertThat(gate.isConsistent()).isFalse();
    assertThat(gate.isWaitingToPass()).isTrue();
    gate.processed(new Id(1), new At(1));
    gate.processed(new Id(2), new At(2));
    assertThat(gate.isConsistent()).isFalse();
    gate.processed(new Id(3), new At(3));
    assertThat(gate.isConsistent()).isTrue();
    gate.arm(1, List.of(Snapshot.of(1, 2, 3)), false);
    assertThat(gate.isConsistent()).isFalse();
  }

  @Test
  void aChangeThatTheCopyMayContainIsEmittedSoThatItDoesNotMatter() {
    LogGate gate = gate(new TableCoverage(List.of(key(5)), List.of(DOUBTED, UNCOVERED), Map.of()));
    assertThat(judge(gate, 1, insert(2), delete(3))).isEmpty();
    assertThat(judge(gate, 2, insert(2), insert(7))).containsExactly(put(2));
    assertThat(judge(gate, 2, delete(2))).containsExactly(remove(2));
    assertThat(judge(gate, 2, new RowChange.Update(TABLE, Optional.empty(), row(2))))
        .containsExactly(put(2));
    assertThat(judge(gate, 2, move(2, row(3)))).containsExactly(remove(2), put(3));
    assertThat(judge(gate, 2, move(2, row(7)))).containsExactly(remove(2));
    assertThat(judge(gate, 2, move(7, row(2)))).containsExactly(put(2));
    assertThat(judge(gate, 4, insert(2))).containsExactly(insert(2));
    assertThat(judge(gate, 2, new RowChange.Truncate(List.of(TABLE)))).hasSize(1);
  }

  @Test
  void aPartOfARowOrATableWithoutKeyIsRefusedWhereItIsInDoubt() {
    LogGate gate = gate(new TableCoverage(List.of(), List.of(DOUBTED), Map.of()));
    RowChange part = new RowChange.Update(TABLE, Optional.empty(), keyOnly(2));
    assertThatThrownBy(() -> judge(gate, 2, part))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("only a part of a row")
        .hasMessageContaining("copy.lock: tables");
    Table keyless = new Table(TABLE.id(), TABLE.columns(), Optional.empty());
    assertThatThrownBy(() -> judge(gate, 2, new RowChange.Insert(keyless, row(2))))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("has no key");
  }

  @Test
  void aSessionInDoubtHoldsTheLogAndIsPassedAtItsUpperBound() {
    LogGate gate = gate(new TableCoverage(List.of(), List.of(DOUBTED), Map.of()));
    gate.arm(1, List.of(BOUNDS), false);
    assertThat(gate.mayProcess(new Id(1))).isTrue();
    assertThat(gate.mayProcess(new Id(2))).isFalse();
    gate.durable(1, Map.of(), Map.of(), Set.of());
    gate.processed(new Id(1), new At(1));
    gate.processed(new Id(2), new At(2));
    assertThat(gate.isConsistent()).isFalse();
    gate.processed(new Id(3), new At(3));
    assertThat(gate.isConsistent()).isTrue();
  }

  @Test
  void remembersWhatWasProcessedUntilALookShowsIt() {
    LogGate gate =
        new LogGate(
            new LogProgress(new At(0), Set.of(new Id(9)), new NumberedPositions()),
            Map.of(TABLE.id(), TableCoverage.NONE),
            REOPENING);
    gate.processed(new Id(1), new At(1));
    assertThat(gate.progress().printPending()).isEqualTo("1,9");
    gate.seen(Snapshot.of(1, 2));
    gate.processed(new Id(2), new At(2));
    assertThat(gate.progress().pending()).containsExactly(new Id(9));
  }

  @Test
  void refusesALogThatGoesBack() {
    LogGate gate = gate(TableCoverage.NONE);
    gate.advance(new At(5));
    assertThatThrownBy(() -> gate.advance(new At(4)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("went back from 5 to 4");
  }

  private static LogGate gate(TableCoverage coverage) {
    return new LogGate(
        new LogProgress(new At(0), new HashSet<TransactionId>(), new NumberedPositions()),
        Map.of(TABLE.id(), coverage),
        REOPENING);
  }

  private static List<RowChange> judge(LogGate gate, int transaction, RowChange... changes) {
    return gate.judge(
            new Id(transaction),
            List.of(changes),
            (table, keys, bounds) ->
                keys.stream()
                    .mapToInt(
                        key ->
                            (int)
                                bounds.stream()
                                    .filter(bound -> number(bound) <= number(key))
                                    .count())
                    .toArray())
        .kept();
  }

  private static int number(Key key) {
    return Integer.parseInt(key.values().get(0));
  }

  private static Key key(int number) {
    return new Key(List.of(Integer.toString(number)));
  }

  private static Row row(int key) {
    return Row.ofText(List.of(Integer.toString(key), "v"));
  }

  private static Row keyOnly(int key) {
    Row whole = row(key);
    return Row.builder(whole.array(), 2).setValue(0, whole.offset(0), whole.length(0)).build();
  }

  private static RowChange insert(int key) {
    return new RowChange.Insert(TABLE, row(key));
  }

  private static RowChange put(int key) {
    return new RowChange.Put(TABLE, row(key));
  }

  private static RowChange remove(int key) {
    return new RowChange.Remove(TABLE, keyOnly(key));
  }

  private static RowChange delete(int key) {
    return new RowChange.Delete(TABLE, keyOnly(key));
  }

  private static RowChange move(int from, Row to) {
    return new RowChange.Update(TABLE, Optional.of(keyOnly(from)), to);
  }
}
