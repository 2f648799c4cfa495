package io.tidemark.database;

import io.tidemark.change.RowChange;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The one reader of the source's log. Used by one thread. Delivers the transactions that touch the
 * selected tables, whole and in log order, with the job's row filters applied.
 */
public interface LogReader extends AutoCloseable {

  /**
   * The next message, in bounded memory however large a transaction is.
   *
   * @param wait how long to wait for one; zero to return at once
   * @throws DatabaseException fatal, if the log is gone or a table no longer has the columns that
   *     were announced for it
   */
  Optional<Message> poll(Duration wait) throws InterruptedException;

  /** Everything at or before {@code durable} is safe at the target: the source may discard it. */
  void confirm(LogPosition durable);

  /**
   * Keeps the connection while nothing is polled. To be called at least every few seconds during a
   * hold; reads nothing.
   */
  void keepAlive();

  /**
   * Whether nothing that gives the stream's rows their meaning has changed without a word in the
   * log, as {@link SourceControl#requireNothingUnlogged} finds it: to be asked before it is said
   * that the target is consistent.
   *
   * @return false as long as only what follows in the log can tell: to be asked again once more of
   *     it has been read
   * @throws DatabaseException fatal, if something has: names the change and what to do
   */
  boolean isNothingUnlogged();

  @Override
  void close();

  /** {@code (Begin Changes* Commit | Advance)*}. */
  sealed interface Message {}

  /** A place in the log, for people. */
  interface Place {

    /** As the source writes it. May cost something. */
    String print();
  }

  /**
   * A transaction starts: what follows until {@code Commit} is its.
   *
   * @param at where it lies in the log: its commit, or its first event where the log has whole
   *     transactions one behind the other
   * @param committedAt by the source's clock
   */
  record Begin(TransactionId transaction, Place at, Instant committedAt) implements Message {}

  /** Some of its changes; a large transaction comes in many such pieces of bounded size. */
  record Changes(List<RowChange> changes) implements Message {
    public Changes {
      changes = List.copyOf(changes);
    }
  }

  /**
   * The transaction is complete.
   *
   * @param position covers this transaction and all before it
   */
  record Commit(LogPosition position, Instant committedAt) implements Message {}

  /** Nothing for this stream lies at or before {@code position} that was not delivered. */
  record Advance(LogPosition position) implements Message {}
}
