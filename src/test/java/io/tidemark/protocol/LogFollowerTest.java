package io.tidemark.protocol;

import static io.tidemark.protocol.RangeState.Uncovered.UNCOVERED;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.Key;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import io.tidemark.protocol.NumberedPositions.At;
import io.tidemark.protocol.NumberedPositions.Id;
import io.tidemark.protocol.NumberedPositions.Snapshot;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;

class LogFollowerTest {

  private static final Table TABLE =
      new Table(
          new TableId("s", "t"),
          List.of(new Column("k", "integer", false)),
          Optional.of(new PrimaryKey(List.of("k"))));

  private static final RangeState COPIED = new RangeState.Copied(Snapshot.of(1, 3));

  /** Three inserts and, between them, a row that moves from below 5 to above. */
  private static final List<RowChange> TRANSACTION =
      List.of(insert(7), move(2, 8), insert(3), insert(9), move(4, 3));

  private final List<Map.Entry<Long, RowChange>> numbered = new ArrayList<>();

  /** An external sink may know a change by its number, whatever the copy had come to. */
  @Test
  void aChangeHasTheNumberThatItHasInItsTransactionWhateverIsLeftOut() {
    LogFollower<RuntimeException> copying =
        follower(new TableCoverage(List.of(key(5)), List.of(COPIED, UNCOVERED), Map.of()));
    transaction(copying, 4);
    assertThat(numbered)
        .containsExactly(
            Map.entry(2L, new RowChange.Delete(TABLE, row(2))),
            Map.entry(3L, insert(3)),
            Map.entry(5L, move(4, 3)));
    numbered.clear();
    transaction(copying, 5);
    assertThat(numbered).extracting(Map.Entry::getKey).containsExactly(2L, 3L, 5L);
    numbered.clear();
    LogFollower<RuntimeException> streaming = follower(TableCoverage.NONE);
    transaction(streaming, 4);
    assertThat(numbered).isEmpty();
    streaming = follower(new TableCoverage(List.of(), List.of(COPIED), Map.of()));
    transaction(streaming, 4);
    transaction(streaming, 5);
    assertThat(numbered.stream().map(Map.Entry::getKey).toList())
        .containsExactly(1L, 2L, 3L, 4L, 5L, 1L, 2L, 3L, 4L, 5L);
    assertThat(numbered.subList(0, 5)).extracting(Map.Entry::getValue).isEqualTo(TRANSACTION);
  }

  private LogFollower<RuntimeException> follower(TableCoverage coverage) {
    LogGate gate =
        new LogGate(
            new LogProgress(new At(0), new HashSet<TransactionId>(), new NumberedPositions()),
            Map.of(TABLE.id(), coverage),
            new LogGate.Reopening(100, true));
    return new LogFollower<>(gate, 100, new Noting());
  }

  /** In two pieces, as a large one comes. */
  private static void transaction(LogFollower<RuntimeException> follower, int number) {
    follower.changes(new Id(number), TRANSACTION.subList(0, 2));
    follower.changes(new Id(number), TRANSACTION.subList(2, 5));
    follower.commit(new Id(number), new At(number), Instant.EPOCH);
  }

  private static Key key(int number) {
    return new Key(List.of(Integer.toString(number)));
  }

  private static Row row(int key) {
    return Row.ofText(List.of(Integer.toString(key)));
  }

  private static RowChange insert(int key) {
    return new RowChange.Insert(TABLE, row(key));
  }

  private static RowChange move(int from, int to) {
    return new RowChange.Update(TABLE, Optional.of(row(from)), row(to));
  }

  /** Notes what is let through with its number. */
  private final class Noting implements LogFollower.Surroundings<RuntimeException> {

    @Override
    public void changes(List<RowChange> changes, IntToLongFunction ordinals) {
      for (int i = 0; i < changes.size(); i++) {
        numbered.add(Map.entry(ordinals.applyAsLong(i), changes.get(i)));
      }
    }

    @Override
    public int[] locate(Table table, List<Key> keys, List<Key> bounds) {
      return keys.stream()
          .mapToInt(key -> (int) bounds.stream().filter(at -> number(at) <= number(key)).count())
          .toArray();
    }

    private static int number(Key key) {
      return Integer.parseInt(key.values().get(0));
    }

    @Override
    public SnapshotPosition visible() {
      return Snapshot.of();
    }

    @Override
    public boolean isTimeForHeartbeat() {
      return false;
    }

    @Override
    public boolean isNothingUnlogged() {
      return true;
    }

    @Override
    public void committed(LogProgress progress, Instant committedAt) {}

    @Override
    public void heartbeat(LogProgress progress) {}

    @Override
    public void consistent(LogProgress progress) {}

    @Override
    public void held(long cycle, LogProgress progress) {}

    @Override
    public void passed(long cycle) {}

    @Override
    public void ahead(long cycle) {}

    @Override
    public void reopened(TableId table, List<Key> keys) {}

    @Override
    public void uncovered(TableId table, long cycle) {}
  }
}
