package io.tidemark.source;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceControl.SharedSnapshot;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceMemory;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has tables read once, all as of one moment, and then ends. The log is not read, and nothing is
 * put up at the source for it.
 *
 * <p>Where the database's sessions can share a snapshot, all subtasks read; where they cannot, two
 * sessions would show two moments, and one subtask reads. What has been read is of a moment that
 * nobody can go back to: the loss of a subtask, or a restart behind the beginning, starts anew
 * where nothing has been kept of it, and ends the job where a checkpoint has.
 */
final class SnapshotEnumerator implements SplitEnumerator<CopySplit, EnumeratorState> {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotEnumerator.class);
  private static final int CHUNKS_UNDER_WAY_PER_READER = 2;
  private static final long THE_CYCLE = 1;

  private final SplitEnumeratorContext<CopySplit> context;
  private final Outbox outbox;
  private final SourceDatabase source;
  private final CopySettings settings;
  private final PositionFormat format;
  private final EnumeratorState restored;
  private final Map<Integer, MessageParts> parts = new TreeMap<>();

  /** The subtasks that are there. */
  private final Set<Integer> started = new HashSet<>();

  /** How many chunks each subtask is about to read, of those with a session. */
  private final Map<Integer, Integer> underWay = new TreeMap<>();

  private final Map<Integer, SnapshotPosition> sessions = new TreeMap<>();
  private final Deque<Table> left = new ArrayDeque<>();
  private final Deque<Chunk> ready = new ArrayDeque<>();

  private volatile @Nullable SourceControl control;
  private volatile @Nullable SharedSnapshot shared;
  private volatile boolean closed;
  private @Nullable Opened stream;

  /** Where the next chunk of the first table that is left begins. */
  private Optional<Key> from = Optional.empty();

  private int number;

  /** The subtask that was there first, and that reads alone where a snapshot cannot be shared. */
  private int first;

  /** How many subtasks were told to open a session. */
  private int welcomed;

  private boolean planning;
  private boolean lost;
  private boolean ended;

  private record Opened(
      long epoch, String identity, List<Table> tables, Optional<SharedSnapshot> shared) {}

  SnapshotEnumerator(
      SplitEnumeratorContext<CopySplit> context,
      SourceDatabase source,
      CopySettings settings,
      EnumeratorState restored) {
    this.context = context;
    this.outbox = new Outbox(context);
    this.source = source;
    this.settings = settings;
    this.format = source.positions();
    this.restored = restored;
  }

  /** Whether a checkpoint has something of a read that is not over. */
  private static boolean isInTheMiddle(EnumeratorState state) {
    return !state.sourceIdentity().isEmpty() && state.streamed().isEmpty();
  }

  @Override
  public void start() {
    if (isInTheMiddle(restored)) {
      throw UnrecoverableException.classify(
          new DatabaseException(
              DatabaseException.Kind.FATAL,
              "source: the tables were being read as of one moment when the job failed, and the"
                  + " checkpoint that it goes on from has some of their rows; the others cannot be"
                  + " read as of that moment any more. Start the statement anew, without a savepoint,"
                  + " and empty what it writes to before; in batch mode (SET"
                  + " 'execution.runtime-mode' = 'batch') it begins anew by itself"));
    }
  }

  @Override
  public void handleSplitRequest(int subtask, @Nullable String host) {
    throw new IllegalStateException("readers are given splits, they do not ask for them");
  }

  @Override
  public void addReader(int subtask) {
    if (started.contains(subtask) && !ended) {
      throw lost(subtask);
    }
  }

  @Override
  public void addSplitsBack(List<CopySplit> splits, int subtask) {
    if (!lost) {
      throw lost(subtask);
    }
  }

  private SubtaskLostException lost(int subtask) {
    lost = true;
    return new SubtaskLostException(subtask);
  }

  @Override
  public void handleSourceEvent(int subtask, SourceEvent event) {
    if (lost) {
      return;
    }
    if (event instanceof ToEnumerator.Part part) {
      parts
          .computeIfAbsent(subtask, same -> new MessageParts())
          .take(part)
          .ifPresent(whole -> handleSourceEvent(subtask, whole));
    } else if (event instanceof ToEnumerator.ReaderStarted) {
      readerStarted(subtask);
    } else if (event instanceof ToEnumerator.Completed known) {
      outbox.completed(subtask, known.checkpoint());
    } else if (event instanceof ToEnumerator.GoesOn running) {
      outbox.goesOn(subtask, running.checkpoint());
    } else if (ended) {
      // Of a subtask that came late, and that everything was read without.
      LOG.debug("{} of subtask {} is for nobody", event.getClass().getSimpleName(), subtask);
    } else if (event instanceof ToEnumerator.SessionOpened opened) {
      sessions.put(subtask, format.snapshotPosition(opened.snapshot()));
      underWay.put(subtask, 0);
      handOut();
    } else if (event instanceof ToEnumerator.ChunkWritten) {
      underWay.merge(subtask, -1, Integer::sum);
      handOut();
    } else if (event instanceof ToEnumerator.ChunkFailed failed) {
      throw UnrecoverableException.classify(
          new DatabaseException(
              DatabaseException.Kind.FATAL,
              "source: "
                  + failed.chunk()
                  + " cannot be read as of the moment of which the others are: "
                  + failed.reason()
                  + ". Start the statement anew, and empty what it writes to before"));
    } else if (event instanceof ToEnumerator.DurableTold told) {
      outbox.send(subtask, new ToReader.DurableKnown(told.checkpoint()));
    } else if (!(event instanceof ToEnumerator.ChunksDurable)) {
      throw new IllegalStateException("unexpected " + event);
    }
  }

  private void readerStarted(int subtask) {
    if (!started.add(subtask)) {
      throw lost(subtask);
    }
    if (ended || !restored.streamed().isEmpty()) {
      ended = true;
      outbox.noMoreSplits(subtask);
    } else if (stream != null) {
      welcome(subtask, stream);
    } else if (started.size() == 1) {
      first = subtask;
      context.callAsync(this::open, this::opened);
    }
  }

  /** May block, as the database does. */
  private Opened open() {
    long epoch = System.currentTimeMillis();
    SourceControl opened = source.openControl(epoch);
    control = opened;
    if (closed) {
      opened.close();
    }
    Optional<SharedSnapshot> snapshot = opened.openSharedSnapshot();
    shared = snapshot.orElse(null);
    return new Opened(epoch, opened.identity(), opened.tables(), snapshot);
  }

  private void opened(Opened opened, @Nullable Throwable failure) {
    requireSuccess(failure);
    stream = opened;
    left.addAll(opened.tables());
    LOG.info(
        "{} tables are read once, as of one moment, by {}",
        left.size(),
        opened.shared().isPresent() ? "all subtasks" : "one subtask");
    started.forEach(subtask -> welcome(subtask, opened));
  }

  /** A batch job may run its subtasks one after the other: none is waited for. */
  private void welcome(int subtask, Opened opened) {
    if (subtask != first && opened.shared().isEmpty()) {
      outbox.noMoreSplits(subtask);
      return;
    }
    welcomed++;
    outbox.send(
        subtask, new ToReader.StreamClaimed(opened.epoch(), opened.tables(), SourceMemory.NONE));
    outbox.send(
        subtask,
        new ToReader.OpenSession(
            THE_CYCLE,
            opened.shared().map(SharedSnapshot::name).orElse(null),
            opened.tables().stream().map(Table::id).toList()));
  }

  private void handOut() {
    for (Map.Entry<Integer, Integer> reader : underWay.entrySet()) {
      while (reader.getValue() < CHUNKS_UNDER_WAY_PER_READER && !ready.isEmpty()) {
        reader.setValue(reader.getValue() + 1);
        SnapshotPosition session = Known.require(sessions, reader.getKey());
        outbox.assign(
            reader.getKey(), new CopySplit.ChunkSplit(THE_CYCLE, ready.remove(), session.print()));
      }
    }
    plan();
    // Also for a subtask that came late: its session cannot be opened once the snapshot is closed.
    boolean isOver = left.isEmpty() && ready.isEmpty() && !planning && sessions.size() == welcomed;
    if (isOver && underWay.values().stream().allMatch(chunks -> chunks == 0)) {
      end();
    }
  }

  /** Has the next chunk cut, a few ahead of the readers. */
  private void plan() {
    if (planning
        || left.isEmpty()
        || ready.size() >= CHUNKS_UNDER_WAY_PER_READER * started.size()) {
      return;
    }
    planning = true;
    Table table = left.getFirst();
    Optional<Key> start = from;
    context.callAsync(
        () ->
            table.key().isEmpty()
                ? Optional.<Key>empty()
                : requireControl()
                    .chunkPlanner()
                    .nextBoundary(table, start, Optional.empty(), settings.chunkRows()),
        (boundary, failure) -> {
          requireSuccess(failure);
          planning = false;
          ready.add(new Chunk(table.id(), number, KeyRange.between(start, boundary)));
          number++;
          from = boundary;
          if (boundary.isEmpty()) {
            left.removeFirst();
            number = 0;
          }
          handOut();
        });
  }

  /** Every subtask has what it was given, and there is no more. */
  private void end() {
    ended = true;
    SharedSnapshot open = shared;
    shared = null;
    context.callAsync(
        () -> {
          if (open != null) {
            open.close();
          }
          return true;
        },
        (done, failure) -> requireSuccess(failure));
    started.forEach(outbox::noMoreSplits);
  }

  @Override
  public EnumeratorState snapshotState(long checkpointId) {
    Opened opened = stream;
    if (opened == null) {
      return restored;
    }
    return new EnumeratorState(
        opened.identity(),
        ended ? StreamOpening.ids(opened.tables()) : Set.of(),
        List.of(),
        Map.of(),
        List.of(),
        SourceMemory.NONE);
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    outbox.completed(checkpointId);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    SharedSnapshot snapshot = shared;
    if (snapshot != null) {
      snapshot.close();
    }
    SourceControl open = control;
    if (open != null) {
      open.close();
    }
  }

  private SourceControl requireControl() {
    SourceControl open = control;
    if (open == null) {
      throw new IllegalStateException("the source is not open yet");
    }
    return open;
  }

  private void requireSuccess(@Nullable Throwable failure) {
    if (failure != null && !closed) {
      throw UnrecoverableException.classify(failure);
    }
  }
}
