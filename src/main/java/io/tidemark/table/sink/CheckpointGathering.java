package io.tidemark.table.sink;

import io.tidemark.source.UnrecoverableException;
import io.tidemark.staging.Milestone;
import io.tidemark.staging.StagedSink;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Makes one committable of what all writers have staged, at each barrier: what writers say of a
 * checkpoint comes before its barrier, and Flink lets no barrier of a sink overtake.
 *
 * <p>A checkpoint that is given up on its way may have been told of by some of the writers only.
 * What they said then is part of the next one, and never becomes visible by itself.
 *
 * <p>There is one of these, so that it takes the sink over for the attempt, and numbers what it
 * makes: a checkpoint follows the one that is in the state with which the attempt began.
 *
 * @param <S> what a writer says
 * @param <C> what is made of it
 */
public final class CheckpointGathering<S, C> extends AbstractStreamOperator<CommittableMessage<C>>
    implements OneInputStreamOperator<CommittableMessage<S>, CommittableMessage<C>>,
        BoundedOneInput {

  private static final long serialVersionUID = 1L;

  private static final ListStateDescriptor<long[]> REACHED =
      new ListStateDescriptor<>("reached", PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO);

  /** What is gathered, and for which sink. */
  public interface Gathered<S, C> extends Serializable {

    /** Takes the sink over for the attempt, as {@link StagedSink#claim} says it. */
    long claim(String job, Optional<Milestone> reached);

    /** Whether there is anything that has to become visible. */
    boolean isWorthIt(S staged);

    /**
     * @param staged by all writers, that of one in its order
     */
    C make(Milestone number, Optional<Milestone> previous, List<S> staged);
  }

  private final Gathered<S, C> sink;

  private final ArrayList<S> gathered = new ArrayList<>();
  private transient @Nullable Milestone reached;
  private transient @Nullable ListState<long[]> state;
  private transient long epoch;

  /** The checkpoint before which something was staged last. */
  private transient long checkpoint;

  /**
   * @param sink for which it is gathered
   */
  public CheckpointGathering(Gathered<S, C> sink) {
    this.sink = sink;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    ListState<long[]> opened = context.getOperatorStateStore().getListState(REACHED);
    state = opened;
    for (long[] kept : opened.get()) {
      reached = new Milestone(kept[0], kept[1]);
    }
    RuntimeContext runtime = getRuntimeContext();
    try {
      epoch =
          sink.claim(runtime.getJobInfo().getJobId().toHexString(), Optional.ofNullable(reached));
    } catch (RuntimeException e) {
      throw UnrecoverableException.classify(e);
    }
  }

  @Override
  public void processElement(StreamRecord<CommittableMessage<S>> element) {
    if (element.getValue() instanceof CommittableWithLineage<S> staged) {
      gathered.add(staged.getCommittable());
      checkpoint = staged.getCheckpointIdOrEOI();
    }
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    emit(checkpointId);
  }

  /** Of writers that have ended, what they say is for a checkpoint that is still to come. */
  @Override
  public void endInput() {
    emit(checkpoint);
  }

  /** Nothing where no rows are, but once per attempt, which clears what others have left. */
  private void emit(long checkpointId) {
    Optional<Milestone> previous = Optional.ofNullable(reached);
    boolean isFirst = previous.filter(milestone -> milestone.epoch() == epoch).isEmpty();
    boolean hasRows = gathered.stream().anyMatch(sink::isWorthIt);
    if (gathered.isEmpty() || !isFirst && !hasRows) {
      gathered.clear();
      return;
    }
    Milestone number = new Milestone(epoch, previous.map(Milestone::sequence).orElse(0L) + 1);
    C made;
    try {
      made = sink.make(number, previous, List.copyOf(gathered));
    } catch (RuntimeException e) {
      throw UnrecoverableException.classify(e);
    }
    reached = number;
    gathered.clear();
    output.collect(new StreamRecord<>(new CommittableSummary<>(0, 1, checkpointId, 1, 1, 0)));
    output.collect(new StreamRecord<>(new CommittableWithLineage<>(made, checkpointId, 0)));
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    Milestone milestone = reached;
    if (state != null) {
      state.update(
          milestone == null
              ? List.of()
              : List.of(new long[] {milestone.epoch(), milestone.sequence()}));
    }
  }
}
