package io.tidemark.protocol;

import io.tidemark.database.Inclusion;
import io.tidemark.database.LogPosition;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import java.io.Serializable;

/** What the log reader has to know of a key range. */
public sealed interface RangeState extends Serializable {

  /**
   * Whether the target has, or will get with a copy, what {@code transaction} changed of a key in
   * this range. If it does, the change is dropped; if not, it is emitted; if it may, it is emitted
   * in a form that does not mind.
   */
  Inclusion inclusion(TransactionId transaction);

  /** This state once the log has been read up to {@code position}. */
  default RangeState at(LogPosition position) {
    return this;
  }

  /**
   * Not copied, being copied, or copied but not durable: every snapshot that is or will be read
   * here contains what the log reader processes now.
   */
  enum Uncovered implements RangeState {
    /** The only one. */
    UNCOVERED;

    @Override
    public Inclusion inclusion(TransactionId transaction) {
      return Inclusion.YES;
    }
  }

  /**
   * As {@link Uncovered}, and an earlier life of the job may have handed rows of it out: to whoever
   * keeps what they were given, it has to be said that a row is gone.
   */
  enum Exposed implements RangeState {
    /** The only one. */
    EXPOSED;

    @Override
    public Inclusion inclusion(TransactionId transaction) {
      return Inclusion.YES;
    }
  }

  /** Copied from {@code snapshot}, and durable. */
  record Copied(SnapshotPosition snapshot) implements RangeState {
    @Override
    public Inclusion inclusion(TransactionId transaction) {
      return snapshot.inclusion(transaction);
    }

    @Override
    public RangeState at(LogPosition position) {
      return snapshot.isPassedBy(position) ? Streamed.STREAMED : this;
    }
  }

  /** Copied, and the log has passed everything that the copy contained. */
  enum Streamed implements RangeState {
    /** The only one. */
    STREAMED;

    @Override
    public Inclusion inclusion(TransactionId transaction) {
      return Inclusion.NO;
    }
  }
}
