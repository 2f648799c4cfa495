package io.tidemark.pipeline;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.cdc.common.data.DecimalData;
import org.apache.flink.cdc.common.data.RecordData;
import org.apache.flink.cdc.common.data.TimestampData;
import org.apache.flink.cdc.common.data.binary.BinaryStringData;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.DataChangeEvent;
import org.apache.flink.cdc.common.event.DropTableEvent;
import org.apache.flink.cdc.common.event.Event;
import org.apache.flink.cdc.common.event.TableId;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.types.DataType;
import org.apache.flink.cdc.common.types.DecimalType;
import org.apache.flink.cdc.common.utils.SchemaUtils;
import org.apache.flink.cdc.runtime.typeutils.BinaryRecordDataGenerator;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.source.RichParallelSourceFunction;

/**
 * Tells a scenario as a source of Flink CDC tells its log: from one subtask, and again from the
 * last checkpoint after a failure, then with the tables as they were there first.
 */
@SuppressWarnings("deprecation")
final class ScenarioSource extends RichParallelSourceFunction<Event>
    implements CheckpointedFunction {

  private static final long serialVersionUID = 1L;

  /** The last hold of the scenario that was let go of; the test runs in the process of the job. */
  private static final AtomicInteger RELEASED = new AtomicInteger();

  private final Scenario scenario;
  private final int perSecond;
  private int next;
  private volatile boolean ended;
  private transient ListState<Integer> state;

  /**
   * @param perSecond how many things are told in a second; 0 for no limit
   */
  ScenarioSource(Scenario scenario, int perSecond) {
    this.scenario = scenario;
    this.perSecond = perSecond;
  }

  /** Lets go of all holds up to this one, and of no later one. */
  static void release(int number) {
    synchronized (RELEASED) {
      RELEASED.set(number);
      RELEASED.notifyAll();
    }
  }

  private void await(Scenario.Hold hold) throws InterruptedException {
    synchronized (RELEASED) {
      while (!ended && RELEASED.get() < hold.number()) {
        RELEASED.wait();
      }
    }
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    // Not a union, of which no checkpoint is taken where a subtask has ended, as the idle ones
    // have.
    state =
        context.getOperatorStateStore().getListState(new ListStateDescriptor<>("next", Types.INT));
    for (int kept : state.get()) {
      next = Math.max(next, kept);
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    state.update(List.of(next));
  }

  @Override
  public void run(SourceContext<Event> context) throws Exception {
    if (getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() != 0) {
      return;
    }
    Map<TableId, Schema> schemas = new HashMap<>();
    for (int i = 0; i < next; i++) {
      if (scenario.steps.get(i) instanceof Scenario.Change change) {
        learn(change, schemas);
      }
    }
    synchronized (context.getCheckpointLock()) {
      schemas.forEach((table, schema) -> context.collect(new CreateTableEvent(table, schema)));
    }
    long due = System.nanoTime();
    while (!ended && next < scenario.steps.size()) {
      Scenario.Step step = scenario.steps.get(next);
      if (step instanceof Scenario.Hold hold) {
        await(hold);
      }
      // From one to the next: who made up for a change that took long would keep checkpoints out.
      due = Math.max(due, System.nanoTime());
      if (perSecond > 0) {
        due += 1_000_000_000L / perSecond;
        LockSupport.parkNanos(due - System.nanoTime());
      }
      synchronized (context.getCheckpointLock()) {
        if (!ended) {
          tell(step, context, schemas);
          next++;
        }
      }
    }
  }

  private static void tell(
      Scenario.Step step, SourceContext<Event> context, Map<TableId, Schema> schemas) {
    if (step instanceof Scenario.Change change) {
      context.collect(change.event());
      learn(change, schemas);
    } else if (step instanceof Scenario.Row row) {
      RecordData data = data(schemas.get(row.table()), row.values());
      context.collect(
          row.deleted()
              ? DataChangeEvent.deleteEvent(row.table(), data)
              : DataChangeEvent.insertEvent(row.table(), data));
    }
  }

  private static void learn(Scenario.Change change, Map<TableId, Schema> schemas) {
    TableId table = change.event().tableId();
    if (change.event() instanceof DropTableEvent) {
      schemas.remove(table);
    } else {
      schemas.put(table, SchemaUtils.applySchemaChangeEvent(schemas.get(table), change.event()));
    }
  }

  private static RecordData data(Schema schema, List<? extends Object> values) {
    DataType[] types = schema.getColumnDataTypes().toArray(DataType[]::new);
    Object[] internal = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      Object value = values.get(i);
      internal[i] =
          value instanceof String text
              ? BinaryStringData.fromString(text)
              : value instanceof java.math.BigDecimal number
                  ? DecimalData.fromBigDecimal(
                      number,
                      ((DecimalType) types[i]).getPrecision(),
                      ((DecimalType) types[i]).getScale())
                  : value instanceof java.sql.Timestamp moment
                      ? TimestampData.fromTimestamp(moment)
                      : value;
    }
    return new BinaryRecordDataGenerator(types).generate(internal);
  }

  @Override
  public void cancel() {
    ended = true;
    synchronized (RELEASED) {
      RELEASED.notifyAll();
    }
  }
}
