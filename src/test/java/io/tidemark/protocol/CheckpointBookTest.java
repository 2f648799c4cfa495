package io.tidemark.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.Ledger;
import io.tidemark.protocol.NumberedPositions.At;
import io.tidemark.protocol.NumberedPositions.Snapshot;
import io.tidemark.schema.TableId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CheckpointBookTest {

  private static final TableId ID = new TableId("s", "t");
  private static final Key FIVE = new Key(List.of("5"));
  private static final Chunk FIRST =
      new Chunk(ID, 0, KeyRange.between(Optional.empty(), Optional.of(FIVE)));

  private record Handed(long cycle, Chunk chunk) implements CheckpointBook.Written {}

  private final CheckpointBook<Handed> book = new CheckpointBook<>();

  /**
   * The coordinator's part of checkpoint 2 was taken before it heard that 1 is complete, and the
   * reader's is taken after.
   */
  @Test
  void aChunkIsKeptUntilTheCoordinatorIsKnownToHaveIt() {
    Handed chunk = new Handed(1, FIRST);
    book.written(chunk);
    book.taken(1, Optional.empty());
    assertThat(book.completed(1).chunks()).isEqualTo(Map.of(1L, List.of(FIRST)));
    assertThat(book.written()).as("in the reader's part of 2").containsExactly(chunk);
    book.taken(2, Optional.empty());
    assertThat(book.completed(2).chunks()).as("said once").isEmpty();
    book.known(1);
    assertThat(book.written()).isEmpty();
  }

  @Test
  void aReopenedKeyIsKeptFromItsTransactionOn() {
    book.reopened(ID, List.of(FIVE));
    assertThat(book.reopened()).isEqualTo(Map.of(ID, List.of(FIVE)));
    book.taken(1, Optional.empty());
    assertThat(book.completed(1).keys()).isEqualTo(Map.of(ID, List.of(FIVE)));
    assertThat(book.reopened()).isEqualTo(Map.of(ID, List.of(FIVE)));
    book.known(1);
    assertThat(book.reopened()).isEmpty();
  }

  /** Then both parts of the checkpoint have it. */
  @Test
  void whatBothPartsHaveCountsOnce() {
    Snapshot snapshot = Snapshot.of(1);
    CopyState known =
        new CopyState(
            Set.of(),
            List.of(new CoveredRange(ID, 0, 0, (KeyRange.Between) FIRST.range(), snapshot)),
            Map.of(),
            Map.of(),
            List.of());
    Resumption found =
        Resumption.of(
                new Resumption.Checkpoint(
                    known,
                    Optional.of(new LogProgress(new At(1), Set.of(), new NumberedPositions())),
                    List.of(new Ledger.CoveredChunk(FIRST, snapshot.print(), 0, 1)),
                    Map.of(ID, List.of(FIVE))),
                new NumberedPositions())
            .orElseThrow();
    assertThat(found.copy().covered()).hasSize(1);
    assertThat(found.copy().holes()).isEqualTo(Map.of(ID, Set.of(FIVE)));
  }
}
