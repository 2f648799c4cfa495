package io.tidemark.source;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.Progress;
import io.tidemark.database.FailureNote;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceMemory;
import io.tidemark.protocol.CheckpointBook;
import io.tidemark.protocol.LogGate;
import io.tidemark.protocol.LogProgress;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.source.CopySplit.ChunkSplit;
import io.tidemark.source.CopySplit.LogSplit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.jspecify.annotations.Nullable;

/**
 * One subtask of the source. Its workers read, the task's thread hands their events to the sink and
 * keeps what a checkpoint needs: how far the log was emitted, and which chunks were emitted whole.
 */
final class CopyReader implements SourceReader<ChangeEvent, CopySplit> {

  /** What waits for the task's thread; the sink has a queue of its own. */
  private static final long HANDOVER_BYTES = 2 << 20;

  private final SourceReaderContext context;
  private final SourceDatabase source;
  private final FailureNote failures;
  private final PositionFormat format;
  private final Positions positions;
  private final CopySplitSerializer serializer = new CopySplitSerializer();
  private final boolean hasLedger;
  private final StartupMode startup;
  private final Handover handover;
  private final MessageParts parts = new MessageParts();

  private final List<CopySplit> restored = new ArrayList<>();
  private volatile long epoch;
  private Map<TableId, Table> tables = Map.of();
  private SourceMemory memory = SourceMemory.NONE;
  private @Nullable LogSplit logStart;
  private @Nullable SnapshotWorker snapshotWorker;
  private @Nullable LogWorker logWorker;
  private @Nullable Progress progress;

  /** The last checkpoint that is known to be complete. */
  private long completed;

  /** The last one after which the task is known to run: it asks for nothing once it ends. */
  private long goneOn;

  private boolean hasNoMore;

  private final Map<String, ChunkSplit> reading = new LinkedHashMap<>();
  private final CheckpointBook<ChunkSplit> book = new CheckpointBook<>();

  /**
   * @param hasLedger whether a ledger tells what was handed over, and not checkpoints alone
   * @param startup what is read of a table
   */
  CopyReader(
      SourceReaderContext context,
      SourceDatabase source,
      FailureNote failures,
      boolean hasLedger,
      StartupMode startup) {
    this.startup = startup;
    this.context = context;
    this.hasLedger = hasLedger;
    this.handover = new Handover(HANDOVER_BYTES, !hasLedger);
    this.source = source;
    this.failures = failures;
    this.format = source.positions();
    this.positions = new Positions(format);
  }

  @Override
  public void start() {
    try {
      List<byte[]> splits = new ArrayList<>();
      for (CopySplit split : restored) {
        splits.add(serializer.serialize(split));
      }
      tellInParts(new ToEnumerator.ReaderStarted(splits));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** Where there is no ledger, a checkpoint comes between whole chunks and transactions only. */
  @Override
  public InputStatus pollNext(ReaderOutput<ChangeEvent> output) throws InterruptedException {
    if (goneOn < completed) {
      goneOn = completed;
      context.sendSourceEventToCoordinator(new ToEnumerator.GoesOn(completed));
    }
    Handover.Item item = handover.poll();
    if (item == null) {
      return hasNoMore ? end() : InputStatus.NOTHING_AVAILABLE;
    }
    take(item, output);
    boolean isOpen = !hasLedger && item.opens();
    while (isOpen) {
      item = handover.take();
      take(item, output);
      isOpen = !item.closes();
    }
    return InputStatus.MORE_AVAILABLE;
  }

  /** All that was given has been read, and nothing is kept open until the task ends. */
  private InputStatus end() throws InterruptedException {
    closeWorkers();
    return InputStatus.END_OF_INPUT;
  }

  private void take(Handover.Item item, ReaderOutput<ChangeEvent> output) {
    if (item instanceof Handover.Emit emit) {
      output.collect(emit.event());
      if (emit.event() instanceof ChangeEvent.Heartbeat heartbeat) {
        progress = heartbeat.progress();
      }
    } else if (item instanceof Handover.Committed committed) {
      output.collect(committed.commit());
      progress = committed.commit().progress();
      // What is copied of the keys now must not come to the target before the transaction does.
      committed.reopened().forEach(this::reopened);
    } else if (item instanceof Handover.Tell tell) {
      tell(tell.message());
    }
  }

  private void reopened(ToEnumerator what) {
    if (what instanceof ToEnumerator.KeysReopened keys) {
      book.reopened(keys.table(), keys.keys());
    } else if (what instanceof ToEnumerator.TableUncovered table) {
      book.uncovered(table.table(), table.cycle());
    } else {
      throw new IllegalStateException("not to be copied again: " + what);
    }
  }

  private void tell(ToEnumerator message) {
    if (message instanceof ToEnumerator.ChunkWritten chunk) {
      ChunkSplit split = reading.remove(ChunkSplit.idOf(chunk.cycle(), chunk.chunk()));
      book.written(split);
    } else if (message instanceof ToEnumerator.ChunkFailed chunk) {
      reading.remove(ChunkSplit.idOf(chunk.cycle(), chunk.chunk()));
    }
    context.sendSourceEventToCoordinator(message);
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    return handover.availability();
  }

  /** What is being read is left out: after a restart the enumerator hands it out again. */
  @Override
  public List<CopySplit> snapshotState(long checkpointId) {
    List<CopySplit> state = new ArrayList<>(restored);
    if (progress != null) {
      state.add(new LogSplit(progress.printPosition(), progress.printPending()));
    } else if (logStart != null) {
      state.add(logStart);
    }
    state.addAll(book.written());
    book.reopened()
        .forEach((table, keys) -> state.add(new CopySplit.ReopenedSplit(table, List.copyOf(keys))));
    book.taken(
        checkpointId,
        Optional.ofNullable(progress)
            .map(handedOver -> format.logPosition(handedOver.printPosition())));
    return state;
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    completed = checkpointId;
    context.sendSourceEventToCoordinator(new ToEnumerator.Completed(checkpointId));
    handover.wake();
    CheckpointBook.Durable durable = book.completed(checkpointId);
    LogWorker log = logWorker;
    if (log != null) {
      durable.log().ifPresent(log::confirm);
    }
    durable
        .uncovered()
        .forEach(
            (table, cycle) ->
                context.sendSourceEventToCoordinator(
                    new ToEnumerator.TableUncovered(table, cycle)));
    durable
        .keys()
        .forEach((table, keys) -> tellInParts(new ToEnumerator.KeysReopened(table, keys)));
    durable
        .chunks()
        .forEach((cycle, chunks) -> tellInParts(new ToEnumerator.ChunksDurable(cycle, chunks)));
    if (!durable.keys().isEmpty() || !durable.chunks().isEmpty()) {
      context.sendSourceEventToCoordinator(new ToEnumerator.DurableTold(checkpointId));
    }
  }

  /** What grows with the number of keys. */
  private void tellInParts(ToEnumerator message) {
    MessageParts.of(message).forEach(context::sendSourceEventToCoordinator);
  }

  @Override
  public void notifyCheckpointAborted(long checkpointId) {
    book.aborted(checkpointId);
  }

  @Override
  public void addSplits(List<CopySplit> splits) {
    if (epoch == 0) {
      restored.addAll(splits);
      return;
    }
    for (CopySplit split : splits) {
      if (split instanceof LogSplit log) {
        logStart = log;
      } else if (split instanceof ChunkSplit chunk) {
        reading.put(chunk.splitId(), chunk);
        snapshotWorker().read(chunk);
      }
    }
  }

  @Override
  public void handleSourceEvents(SourceEvent event) {
    if (!(event instanceof ToReader message)) {
      throw new IllegalArgumentException("unknown event " + event.getClass());
    }
    if (message instanceof ToReader.Part part) {
      parts.take(part).ifPresent(this::handleSourceEvents);
    } else if (message instanceof ToReader.StreamClaimed claimed) {
      epoch = claimed.epoch();
      memory = claimed.memory();
      tables = claimed.tables().stream().collect(Collectors.toMap(Table::id, Function.identity()));
      restored.clear();
    } else if (message instanceof ToReader.LogCoverage coverage) {
      logCoverage(coverage);
    } else if (message instanceof ToReader.HoldLog hold) {
      logWorker().order(gate -> gate.hold(hold.cycle()));
    } else if (message instanceof ToReader.ArmLog arm) {
      List<SnapshotPosition> sessions =
          arm.snapshots().stream().map(format::snapshotPosition).toList();
      logWorker().order(gate -> gate.arm(arm.cycle(), sessions, arm.isOfExposed()));
    } else if (message instanceof ToReader.DurableKnown durable) {
      book.known(durable.checkpoint());
    } else if (message instanceof ToReader.OpenSession open) {
      snapshotWorker().open(open.cycle(), Optional.ofNullable(open.shared()), open.tables());
    } else if (message instanceof ToReader.CloseSession close) {
      snapshotWorker().closeSession(close.cycle());
    }
  }

  private void logCoverage(ToReader.LogCoverage message) {
    var coverage = positions.coverage(message);
    if (logWorker == null) {
      LogSplit start = logStart;
      if (start == null) {
        throw new IllegalStateException("the log's coverage came before the log");
      }
      LogGate gate =
          new LogGate(
              new LogProgress(
                  format.logPosition(start.position()),
                  format.transactions(start.pending()),
                  format),
              coverage,
              new LogGate.Reopening(LogGate.MOST_REOPENED, hasLedger));
      logWorker =
          new LogWorker(
              source,
              epoch,
              List.copyOf(tables.values()),
              memory,
              gate,
              hasLedger,
              handover,
              this::failing);
      logWorker.start();
    } else {
      var recopied = positions.recopied(message);
      Set<TableId> uncovered = Set.copyOf(message.uncovered());
      logWorker.order(gate -> gate.durable(message.cycle(), coverage, recopied, uncovered));
    }
  }

  private LogWorker logWorker() {
    if (logWorker == null) {
      throw new IllegalStateException("this subtask does not read the log");
    }
    return logWorker;
  }

  private SnapshotWorker snapshotWorker() {
    if (snapshotWorker == null) {
      snapshotWorker =
          new SnapshotWorker(
              source, epoch, tables, startup, context.getIndexOfSubtask(), handover, this::failing);
      snapshotWorker.start();
    }
    return snapshotWorker;
  }

  /** By whichever worker fails. */
  private void failing(Throwable failure) {
    failures.leave(epoch, failure);
  }

  /** Said once all that was given has been read. A stream that goes on is never told. */
  @Override
  public void notifyNoMoreSplits() {
    hasNoMore = true;
    handover.wake();
  }

  @Override
  public void close() throws InterruptedException {
    closeWorkers();
  }

  private void closeWorkers() throws InterruptedException {
    try (SnapshotWorker snapshots = snapshotWorker;
        LogWorker log = logWorker) {
      snapshotWorker = null;
      logWorker = null;
    }
  }
}
