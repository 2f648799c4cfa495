package io.tidemark.protocol;

import io.tidemark.database.LogPosition;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.TransactionId;
import java.io.Serializable;

/** What the log reader has to know of a key range. */
public sealed interface RangeState extends Serializable {

  /** Whether a change of a key in this range, made by {@code transaction}, goes to the target. */
  boolean emits(TransactionId transaction);

  /** This state once the log has been read up to {@code position}. */
  default RangeState at(LogPosition position) {
    return this;
  }

  /**
   * Not copied, being copied, or copied but not durable: every snapshot that is or will be read
   * here contains what the log reader processes now.
   */
  enum Uncovered implements RangeState {
    UNCOVERED;

    @Override
    public boolean emits(TransactionId transaction) {
      return false;
    }
  }

  /** Copied from {@code snapshot}, and durable. */
  record Copied(SnapshotPosition snapshot) implements RangeState {
    @Override
    public boolean emits(TransactionId transaction) {
      return !snapshot.includes(transaction);
    }

    @Override
    public RangeState at(LogPosition position) {
      return snapshot.isPassedBy(position) ? Streamed.STREAMED : this;
    }
  }

  /** Copied, and the log has passed everything that the copy contained. */
  enum Streamed implements RangeState {
    STREAMED;

    @Override
    public boolean emits(TransactionId transaction) {
      return true;
    }
  }
}
