package io.tidemark.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.protocol.CopyCoordinator.Phase;
import io.tidemark.protocol.NumberedPositions.Snapshot;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Without a ledger: what is handed out is known from completed checkpoints before. */
class AnnouncedChunksTest {

  private static final TableId ID = new TableId("s", "t");
  private static final Table TABLE =
      new Table(
          ID,
          List.of(new Column("k", "integer", false)),
          Optional.of(new PrimaryKey(List.of("k"))));
  private static final Snapshot S = Snapshot.of(1);
  private static final Key FIVE = new Key(List.of("5"));
  private static final KeyRange.Between LOWER =
      (KeyRange.Between) KeyRange.between(Optional.empty(), Optional.of(FIVE));
  private static final KeyRange.Between UPPER =
      (KeyRange.Between) KeyRange.between(Optional.of(FIVE), Optional.empty());

  @Test
  void nothingIsHandedOutBeforeACompletedCheckpointHasIt() {
    CopyCoordinator copy = coordinator(CopyState.EMPTY, List.of(1));
    assertThat(copy.start())
        .containsExactly(new Decision.Plan(TABLE, 0, Optional.empty(), Optional.empty()));
    copy.checkpointTaken(1);
    assertThat(copy.boundaryPlanned(ID, 0, 0, Optional.of(FIVE)))
        .containsExactly(new Decision.Plan(TABLE, 1, Optional.of(FIVE), Optional.empty()));
    assertThat(copy.state().announced()).containsExactly(new AnnouncedRange(ID, 0, 0, LOWER));
    assertThat(copy.checkpointCompleted(1, 0)).isEmpty();
    copy.checkpointTaken(2);
    assertThat(copy.boundaryPlanned(ID, 0, 1, Optional.empty())).isEmpty();
    copy.checkpointTaken(3);
    assertThat(copy.checkpointCompleted(2, 0)).containsExactly(new Decision.HoldLog(1));
    copy.logHeld(1, Set.of());
    copy.noSharedSnapshot(1);
    assertThat(copy.sessionOpened(1, 1, S, 0))
        .containsExactly(
            new Decision.ArmLog(1, List.of(S), false),
            new Decision.Assign(1, 1, new Chunk(ID, 0, LOWER), S));
    assertThat(copy.checkpointCompleted(3, 0))
        .containsExactly(new Decision.Assign(1, 1, new Chunk(ID, 1, UPPER), S));
  }

  @Test
  void onlySoManyAreAnnounced() {
    CopyCoordinator copy = coordinator(CopyState.EMPTY, List.of(1));
    copy.start();
    copy.boundaryPlanned(ID, 0, 0, Optional.of(new Key(List.of("1"))));
    copy.boundaryPlanned(ID, 0, 1, Optional.of(new Key(List.of("2"))));
    assertThat(copy.boundaryPlanned(ID, 0, 2, Optional.of(new Key(List.of("3"))))).isEmpty();
    assertThat(copy.state().announced()).hasSize(3);
  }

  @Test
  void whatAnEarlierLifeMayHaveHandedOutIsCopiedAfterWhatIsGoneIsInACheckpoint() {
    CopyCoordinator copy = coordinator(exposed(), List.of(1, 2));
    assertThat(copy.coverage().get(ID))
        .isEqualTo(
            new TableCoverage(
                List.of(FIVE),
                List.of(RangeState.Exposed.EXPOSED, RangeState.Uncovered.UNCOVERED),
                Map.of()));
    assertThat(copy.start()).contains(new Decision.HoldLog(1));
    copy.logHeld(1, Set.of());
    // Two sessions of their own would not end at one place in the log.
    assertThat(copy.noSharedSnapshot(1))
        .containsExactly(new Decision.OpenSession(1, 1, Optional.empty(), List.of(ID)));
    assertThat(copy.sessionOpened(1, 1, S, 0))
        .containsExactly(new Decision.ArmLog(1, List.of(S), true));
    assertThat(copy.phase()).isEqualTo(Phase.PASSING);
    copy.checkpointTaken(7);
    assertThat(copy.logPassed(1)).isEmpty();
    assertThat(copy.checkpointCompleted(7, 0)).isEmpty();
    copy.checkpointTaken(8);
    assertThat(copy.checkpointCompleted(8, 0))
        .containsExactly(new Decision.Assign(1, 1, new Chunk(ID, 0, LOWER), S));
    copy.chunkWritten(1, 1, new Chunk(ID, 0, LOWER));
    assertThat(copy.state().announced())
        .as("rows of it may be anywhere until it is durable")
        .contains(new AnnouncedRange(ID, 0, 0, LOWER));
    copy.chunksDurable(1, List.of(new Chunk(ID, 0, LOWER)));
    assertThat(copy.state().announced()).doesNotContain(new AnnouncedRange(ID, 0, 0, LOWER));
  }

  @Test
  void sessionsThatTheLogCannotPassAreOpenedAgain() {
    CopyCoordinator copy = coordinator(exposed(), List.of(1));
    copy.start();
    copy.logHeld(1, Set.of());
    copy.noSharedSnapshot(1);
    copy.sessionOpened(1, 1, S, 0);
    assertThat(copy.logAhead(1))
        .containsSubsequence(new Decision.CloseSessions(1), new Decision.HoldLog(2));
    assertThat(copy.phase()).isEqualTo(Phase.HOLDING);
    assertThat(copy.logPassed(1)).as("an answer of a cycle that is over").isEmpty();
  }

  private static CopyState exposed() {
    return new CopyState(
        Set.of(), List.of(), Map.of(), Map.of(), List.of(new AnnouncedRange(ID, 0, 0, LOWER)));
  }

  private static CopyCoordinator coordinator(CopyState known, List<Integer> readers) {
    return new CopyCoordinator(List.of(TABLE), known, readers, 1_000, 10, 3);
  }
}
