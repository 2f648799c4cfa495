package io.tidemark.table.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.staging.DirectWriter;
import io.tidemark.staging.Milestone;
import io.tidemark.staging.StagedCheckpoint;
import io.tidemark.staging.StagedRows;
import io.tidemark.staging.StagedSink;
import io.tidemark.staging.StagingWriter;
import java.util.List;
import java.util.Optional;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

/** What becomes one committable, and which number it has. */
class CheckpointGatheringTest {

  private static final StagedRows A = new StagedRows(1, "a", 10);
  private static final StagedRows B = new StagedRows(2, "b", 20);
  private static final StagedRows C = new StagedRows(1, "c", 30);

  /** Gives epochs: one more than what is known, and at least the next hundred. */
  private record Epochs() implements StagedSink {
    @Override
    public long claim(String job, Optional<Milestone> reached) {
      return reached.map(Milestone::epoch).orElse(0L) + 100;
    }

    @Override
    public StagingWriter openStaging() {
      throw new UnsupportedOperationException();
    }

    @Override
    public DirectWriter openDirect() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void merge(String job, StagedCheckpoint checkpoint) {
      throw new UnsupportedOperationException();
    }
  }

  private static OneInputStreamOperatorTestHarness<
          CommittableMessage<StagedRows>, CommittableMessage<StagedCheckpoint>>
      harness() throws Exception {
    OneInputStreamOperatorTestHarness<
            CommittableMessage<StagedRows>, CommittableMessage<StagedCheckpoint>>
        harness =
            new OneInputStreamOperatorTestHarness<>(
                new CheckpointGathering<>(new GatheredRows(new Epochs())));
    harness.setup(
        CommittableMessageTypeInfo.of(StagedCheckpointSerializer::new)
            .createSerializer(harness.getExecutionConfig().getSerializerConfig()));
    return harness;
  }

  private static void say(
      OneInputStreamOperatorTestHarness<
              CommittableMessage<StagedRows>, CommittableMessage<StagedCheckpoint>>
          harness,
      long checkpoint,
      StagedRows... staged)
      throws Exception {
    for (StagedRows rows : staged) {
      int subtask = (int) rows.writer();
      harness.processElement(new CommittableSummary<>(subtask, 2, checkpoint, 1, 1, 0), 0);
      harness.processElement(new CommittableWithLineage<>(rows, checkpoint, subtask), 0);
    }
  }

  private static List<StagedCheckpoint> made(
      OneInputStreamOperatorTestHarness<
              CommittableMessage<StagedRows>, CommittableMessage<StagedCheckpoint>>
          harness) {
    return harness.extractOutputValues().stream()
        .filter(CommittableWithLineage.class::isInstance)
        .map(message -> ((CommittableWithLineage<StagedCheckpoint>) message).getCommittable())
        .toList();
  }

  @Test
  void whatAllWritersSayBeforeABarrierIsOne() throws Exception {
    try (var harness = harness()) {
      harness.open();
      say(harness, 1, A, B);
      harness.prepareSnapshotPreBarrier(1);
      say(harness, 2, StagedRows.none(1), StagedRows.none(2));
      harness.prepareSnapshotPreBarrier(2);
      say(harness, 3, C, StagedRows.none(2));
      harness.prepareSnapshotPreBarrier(3);
      Milestone first = new Milestone(100, 1);
      assertThat(made(harness))
          .containsExactly(
              new StagedCheckpoint(first, Optional.empty(), List.of(A, B)),
              new StagedCheckpoint(
                  new Milestone(100, 2), Optional.of(first), List.of(C, StagedRows.none(2))));
      assertThat(harness.extractOutputValues())
          .extracting(CommittableMessage::getCheckpointIdOrEOI)
          .containsExactly(1L, 1L, 3L, 3L);
    }
  }

  @Test
  void whatWasSaidOfACheckpointThatWasGivenUpIsPartOfTheNext() throws Exception {
    try (var harness = harness()) {
      harness.open();
      say(harness, 1, A);
      say(harness, 2, B, C);
      harness.prepareSnapshotPreBarrier(2);
      assertThat(made(harness))
          .containsExactly(
              new StagedCheckpoint(new Milestone(100, 1), Optional.empty(), List.of(A, B, C)));
    }
  }

  @Test
  void anAttemptGoesOnFromItsState() throws Exception {
    OperatorSubtaskState state;
    try (var harness = harness()) {
      harness.open();
      say(harness, 1, A, B);
      harness.prepareSnapshotPreBarrier(1);
      state = harness.snapshot(1, 1);
    }
    try (var harness = harness()) {
      harness.initializeState(state);
      harness.open();
      // The first of an attempt is made without rows too: it clears what others left.
      say(harness, 2, StagedRows.none(3));
      harness.prepareSnapshotPreBarrier(2);
      assertThat(made(harness))
          .containsExactly(
              new StagedCheckpoint(
                  new Milestone(200, 2),
                  Optional.of(new Milestone(100, 1)),
                  List.of(StagedRows.none(3))));
    }
  }

  @Test
  void whatComesBeforeTheEndIsForTheLastCheckpoint() throws Exception {
    try (var harness = harness()) {
      harness.open();
      say(harness, 7, A);
      harness.endInput();
      harness.prepareSnapshotPreBarrier(8);
      assertThat(made(harness)).hasSize(1);
      assertThat(harness.extractOutputValues())
          .extracting(CommittableMessage::getCheckpointIdOrEOI)
          .containsExactly(7L, 7L);
    }
  }
}
