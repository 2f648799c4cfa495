package io.tidemark.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.Ledger;
import io.tidemark.database.SourceMemory;
import io.tidemark.protocol.CopyCoordinator.Phase;
import io.tidemark.protocol.NumberedPositions.Id;
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

class CopyCoordinatorTest {

  private static final TableId ID = new TableId("s", "t");
  private static final Table TABLE =
      new Table(
          ID,
          List.of(new Column("k", "integer", false)),
          Optional.of(new PrimaryKey(List.of("k"))));
  private static final Snapshot S = Snapshot.of(1);

  @Test
  void runsACycleFromTheHoldToItsPublication() {
    CopyCoordinator copy = coordinator(CopyState.EMPTY);
    assertThat(copy.start()).containsExactly(new Decision.HoldLog(1));
    assertThat(copy.logHeld(1, Set.of())).containsExactly(new Decision.OpenSharedSnapshot(1));
    assertThat(copy.sharedSnapshotOpened(1, "x", S, 0))
        .containsExactly(new Decision.OpenSession(1, 1, Optional.of("x"), List.of(ID)));
    assertThat(copy.sessionOpened(1, 1, S, 0))
        .containsExactly(
            new Decision.ArmLog(1, List.of(S), false),
            new Decision.Plan(TABLE, 0, Optional.empty(), Optional.empty()));
    Chunk whole = new Chunk(ID, 0, KeyRange.everything());
    assertThat(copy.boundaryPlanned(ID, 1, 0, Optional.empty()))
        .containsExactly(new Decision.Assign(1, 1, whole, S));
    assertThat(copy.chunkWritten(1, 1, whole)).containsExactly(new Decision.CloseSessions(1));
    assertThat(copy.phase()).isEqualTo(Phase.IDLE);
    assertThat(copy.chunksDurable(1, List.of(whole)))
        .containsExactly(
            new Decision.PublishDurable(
                1,
                Map.of(
                    ID, new TableCoverage(List.of(), List.of(new RangeState.Copied(S)), Map.of())),
                Map.of(),
                Set.of()));
  }

  @Test
  void aSessionThatLacksWhatTheLogHasPassedIsOpenedAgain() {
    CopyCoordinator copy = coordinator(CopyState.EMPTY);
    copy.start();
    copy.logHeld(1, Set.of(new Id(2)));
    assertThat(copy.sharedSnapshotOpened(1, "x", S, 0)).isEmpty();
    assertThat(copy.waitingFor()).isPresent();
    assertThat(copy.tick(1)).isEmpty();
    assertThat(copy.tick(20)).containsExactly(new Decision.OpenSharedSnapshot(1));
    assertThat(copy.sharedSnapshotOpened(1, "y", Snapshot.of(1, 2), 20)).hasSize(1);
  }

  @Test
  void aBoundaryIsIgnoredIfTheGapWasJoinedByAChunkThatFailed() {
    CopyCoordinator copy = copying(CopyState.EMPTY);
    Chunk first = new Chunk(ID, 0, KeyRange.between(Optional.empty(), Optional.of(key(5))));
    assertThat(copy.boundaryPlanned(ID, 1, 0, Optional.of(key(5))))
        .contains(
            new Decision.Assign(1, 1, first, S),
            new Decision.Plan(TABLE, 1, Optional.of(key(5)), Optional.empty()));
    copy.chunkFailed(1, 1, first, "truncated");
    assertThat(copy.boundaryPlanned(ID, 1, 1, Optional.of(key(7))))
        .contains(new Decision.CloseSessions(1), new Decision.HoldLog(2))
        .noneMatch(Decision.Assign.class::isInstance);
  }

  /** All that was handed out of a table fails for one reason. */
  @Test
  void aTableThatFailsCountsOnceInACycle() {
    CopyCoordinator copy = copying(CopyState.EMPTY);
    for (int chunk = 0; chunk < 40; chunk++) {
      copy.boundaryPlanned(ID, 1, chunk, Optional.of(key(chunk + 1)));
    }
    Chunk first = new Chunk(ID, 0, KeyRange.between(Optional.empty(), Optional.of(key(1))));
    List<Decision> decisions = copy.chunkFailed(1, 1, first, "truncated");
    int failed = 1;
    for (Optional<Chunk> next = assigned(decisions); next.isPresent(); next = assigned(decisions)) {
      decisions = copy.chunkFailed(1, 1, next.get(), "truncated");
      failed++;
    }
    assertThat(failed).isGreaterThan(30);
  }

  private static Optional<Chunk> assigned(List<Decision> decisions) {
    return decisions.stream()
        .filter(Decision.Assign.class::isInstance)
        .map(decision -> ((Decision.Assign) decision).chunk())
        .findFirst();
  }

  @Test
  void whatTheLedgerHoldsIsCoveredAndOnlyTheRestIsCopied() {
    CopyState known =
        CopyState.of(
            new Ledger.Running(
                "source",
                "1",
                "",
                Set.of(),
                List.of(
                    covered(2, Optional.of(key(5)), Optional.of(key(9))),
                    covered(0, Optional.empty(), Optional.of(key(3)))),
                List.of(),
                List.of(),
                Set.of(),
                SourceMemory.NONE),
            new NumberedPositions());
    CopyCoordinator copy = coordinator(known);
    RangeState copied = new RangeState.Copied(S);
    RangeState open = RangeState.Uncovered.UNCOVERED;
    assertThat(copy.coverage())
        .containsEntry(
            ID,
            new TableCoverage(
                List.of(key(3), key(5), key(9)), List.of(copied, open, copied, open), Map.of()));
    assertThat(copy.state().covered()).hasSize(2);
  }

  @Test
  void aKeyThatWasCopiedAgainKeepsItsOwnSnapshotAcrossARestart() {
    Snapshot later = Snapshot.of(1, 2);
    CopyState known =
        CopyState.of(
            new Ledger.Running(
                "source",
                "1",
                "",
                Set.of(),
                List.of(covered(0, Optional.empty(), Optional.empty())),
                List.of(new Chunk(ID, 0, KeyRange.Points.of(key(4)))),
                List.of(
                    new Ledger.CoveredChunk(
                        new Chunk(ID, 0, KeyRange.Points.of(key(3))), later.print(), 1, 2)),
                Set.of(),
                SourceMemory.NONE),
            new NumberedPositions());
    CopyCoordinator copy = coordinator(known);
    assertThat(copy.coverage().get(ID).points())
        .isEqualTo(
            Map.of(key(3), new RangeState.Copied(later), key(4), RangeState.Uncovered.UNCOVERED));
    assertThat(copy.state().recopied()).isEqualTo(Map.of(ID, Map.of(key(3), later)));
    copy.keysReopened(ID, List.of(key(3)));
    assertThat(copy.state().recopied()).isEmpty();
    assertThat(copy.state().holes()).isEqualTo(Map.of(ID, Set.of(key(3), key(4))));
  }

  @Test
  void aReopenedKeyIsCopiedInACycleOfItsOwnIfNoneRuns() {
    CopyCoordinator copy =
        coordinator(
            new CopyState(
                Set.of(),
                List.of(
                    new CoveredRange(
                        ID,
                        0,
                        Integer.MAX_VALUE,
                        (KeyRange.Between) KeyRange.everything(),
                        Snapshot.of())),
                Map.of(),
                Map.of(),
                List.of()));
    assertThat(copy.start()).isEmpty();
    assertThat(copy.keysReopened(ID, List.of(key(3)))).containsExactly(new Decision.HoldLog(1));
    copy.logHeld(1, Set.of());
    copy.noSharedSnapshot(1);
    Chunk point = new Chunk(ID, 0, KeyRange.Points.of(key(3)));
    assertThat(copy.sessionOpened(1, 1, S, 0)).contains(new Decision.Assign(1, 1, point, S));
    copy.chunkWritten(1, 1, point);
    List<Decision> published = copy.chunksDurable(1, List.of(point));
    assertThat(published).hasSize(1);
    assertThat(((Decision.PublishDurable) published.get(0)).recopied())
        .isEqualTo(Map.of(ID, Map.of(key(3), S)));
  }

  @Test
  void chunksThatOverlapAreRefused() {
    CoveredRange one = new CoveredRange(ID, 0, 3, (KeyRange.Between) KeyRange.everything(), S);
    assertThatThrownBy(
            () ->
                coordinator(
                    new CopyState(
                        Set.of(),
                        List.of(
                            one,
                            new CoveredRange(
                                ID, 2, 5, (KeyRange.Between) KeyRange.everything(), S)),
                        Map.of(),
                        Map.of(),
                        List.of())))
        .hasMessageContaining("overlap at number 2");
  }

  private static Ledger.CoveredChunk covered(int number, Optional<Key> from, Optional<Key> to) {
    return new Ledger.CoveredChunk(
        new Chunk(ID, number, KeyRange.between(from, to)), S.print(), 1, 1);
  }

  private static CopyCoordinator coordinator(CopyState known) {
    return new CopyCoordinator(List.of(TABLE), known, List.of(1), 1_000, 10, 0);
  }

  private static CopyCoordinator copying(CopyState known) {
    CopyCoordinator copy = coordinator(known);
    toCopying(copy);
    return copy;
  }

  private static void toCopying(CopyCoordinator copy) {
    copy.start();
    copy.logHeld(1, Set.of());
    copy.noSharedSnapshot(1);
    copy.sessionOpened(1, 1, S, 0);
  }

  private static Key key(int number) {
    return new Key(List.of(Integer.toString(number)));
  }
}
