package io.tidemark.source;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;

/**
 * What the enumerator has for its readers.
 *
 * <p>When a job is stopped with a savepoint, its tasks end as soon as the savepoint is complete,
 * and Flink takes a message that reaches a task just then for lost, and the job for failed ({@code
 * SubtaskGatewayImpl.sendEvent}). A reader cannot tell such a checkpoint from others. So from the
 * moment at which a checkpoint is complete nothing is sent to a reader until it has said that it
 * goes on, which a task that ends never does. What waits is what the copy decides in one round
 * trip.
 *
 * <p>Used by the enumerator's thread.
 */
final class Outbox {

  private static final class Reader {
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private long completed;
    private long goneOn;

    private boolean isQuiet() {
      return goneOn < completed;
    }
  }

  private final SplitEnumeratorContext<CopySplit> context;
  private final Map<Integer, Reader> readers = new HashMap<>();

  /** What is complete for all, also for those of which nothing is known yet. */
  private long completed;

  Outbox(SplitEnumeratorContext<CopySplit> context) {
    this.context = context;
  }

  /** A checkpoint is complete, and a reader's task may end with it. */
  void completed(long checkpoint) {
    completed = Math.max(completed, checkpoint);
  }

  /** As {@link #completed(long)}, by the one who may be told first. */
  void completed(int subtask, long checkpoint) {
    Reader reader = reader(subtask);
    reader.completed = Math.max(reader.completed, checkpoint);
  }

  /** The reader runs after it was told that the checkpoint is complete. */
  void goesOn(int subtask, long checkpoint) {
    Reader reader = reader(subtask);
    reader.goneOn = Math.max(reader.goneOn, checkpoint);
    while (!reader.isQuiet() && !reader.waiting.isEmpty()) {
      reader.waiting.remove().run();
    }
  }

  /** In parts where one message may be too long. */
  void send(int subtask, ToReader message) {
    deliver(
        subtask,
        () ->
            MessageParts.of(message)
                .forEach(part -> context.sendEventToSourceReader(subtask, part)));
  }

  void assign(int subtask, CopySplit split) {
    deliver(subtask, () -> context.assignSplit(split, subtask));
  }

  void noMoreSplits(int subtask) {
    deliver(subtask, () -> context.signalNoMoreSplits(subtask));
  }

  /**
   * A reader that has just failed takes nothing any more: Flink would end the job with that, in
   * place of the reader's own failure. That it was lost is said next ({@link
   * CopyEnumerator#addSplitsBack}).
   */
  private void deliver(int subtask, Runnable delivery) {
    Runnable ifThere =
        () -> {
          if (context.registeredReaders().containsKey(subtask)) {
            delivery.run();
          }
        };
    Reader reader = reader(subtask);
    if (reader.isQuiet()) {
      reader.waiting.add(ifThere);
    } else {
      ifThere.run();
    }
  }

  private Reader reader(int subtask) {
    Reader reader = readers.computeIfAbsent(subtask, same -> new Reader());
    reader.completed = Math.max(reader.completed, completed);
    return reader;
  }
}
