package io.tidemark.source;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.Chunk;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.TableChangedException;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads chunks, one after the other, from the session of the current cycle. */
final class SnapshotWorker extends Worker {

  /** The enumerator has at most a few orders under way; more would be a fault of it. */
  private static final int MOST_ORDERS = 64;

  private sealed interface Order {}

  private record Open(long cycle, Optional<String> shared, List<Table> tables) implements Order {}

  private record Read(CopySplit.ChunkSplit split) implements Order {}

  private record Close(long cycle) implements Order {}

  private final SourceDatabase source;
  private final long epoch;
  private final Map<TableId, Table> tables;
  private final StartupMode startup;
  private final BlockingQueue<Order> orders = new ArrayBlockingQueue<>(MOST_ORDERS);
  private volatile @Nullable SnapshotSession session;

  SnapshotWorker(
      SourceDatabase source,
      long epoch,
      Map<TableId, Table> tables,
      StartupMode startup,
      int subtask,
      Handover handover,
      Consumer<Throwable> failing) {
    super("tidemark snapshot reader " + subtask, handover, failing);
    this.source = source;
    this.epoch = epoch;
    this.tables = Map.copyOf(tables);
    this.startup = startup;
  }

  void open(long cycle, Optional<String> shared, List<TableId> toRead) {
    orders.add(new Open(cycle, shared, toRead.stream().map(tables::get).toList()));
  }

  void read(CopySplit.ChunkSplit split) {
    orders.add(new Read(split));
  }

  void closeSession(long cycle) {
    orders.add(new Close(cycle));
  }

  @Override
  void run() throws InterruptedException {
    try {
      while (!isClosed()) {
        Order order = orders.take();
        if (order instanceof Open open) {
          closeSession();
          SnapshotSession opened = source.openSession(epoch, open.shared(), open.tables());
          session = opened;
          handover()
              .put(
                  new Handover.Tell(
                      new ToEnumerator.SessionOpened(open.cycle(), opened.position().print())));
        } else if (order instanceof Read read) {
          copy(read.split());
        } else {
          closeSession();
        }
      }
    } finally {
      closeSession();
    }
  }

  @Override
  void abort() {
    closeSession();
  }

  private void copy(CopySplit.ChunkSplit split) throws InterruptedException {
    SnapshotSession reading = session;
    if (reading == null) {
      throw new IllegalStateException(split.chunk() + " was handed out without a session");
    }
    Chunk chunk = split.chunk();
    Table table = Known.require(tables, chunk.table());
    emit(
        new ChangeEvent.ChunkBegin(
            epoch, split.cycle(), chunk, table, split.snapshot(), reading.format(table)));
    try {
      long rows = startup == StartupMode.LATEST ? 0 : read(reading, table, chunk);
      emit(new ChangeEvent.ChunkEnd(chunk, rows));
      handover().put(new Handover.Tell(new ToEnumerator.ChunkWritten(split.cycle(), chunk)));
    } catch (TableChangedException changed) {
      emit(new ChangeEvent.ChunkAborted(chunk));
      handover()
          .put(
              new Handover.Tell(
                  new ToEnumerator.ChunkFailed(split.cycle(), chunk, changed.getMessage())));
    }
  }

  private long read(SnapshotSession reading, Table table, Chunk chunk) throws InterruptedException {
    return reading.read(
        table, chunk.range(), (bytes, length) -> emit(new ChangeEvent.ChunkRows(bytes, length)));
  }

  private void emit(ChangeEvent event) throws InterruptedException {
    handover().put(new Handover.Emit(event));
  }

  private void closeSession() {
    SnapshotSession open = session;
    if (open != null) {
      session = null;
      open.close();
    }
  }
}
