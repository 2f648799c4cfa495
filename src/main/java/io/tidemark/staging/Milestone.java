package io.tidemark.staging;

import java.io.Serializable;
import java.util.Comparator;

/**
 * How far a sink has come: every {@link StagedCheckpoint} has one, each greater than those before.
 *
 * @param epoch of the attempt that made it, as {@link StagedSink#claim} gave it
 * @param sequence counts the checkpoints with rows, over all attempts that follow one another
 */
public record Milestone(long epoch, long sequence) implements Comparable<Milestone>, Serializable {

  private static final Comparator<Milestone> ORDER =
      Comparator.comparingLong(Milestone::epoch).thenComparingLong(Milestone::sequence);

  @Override
  public int compareTo(Milestone other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return sequence + " of epoch " + epoch;
  }
}
