package io.tidemark.simulation;

import io.tidemark.protocol.Resumption;
import java.util.List;
import java.util.Optional;

/**
 * What all parts of one schedule share.
 *
 * @param downstream where the changes go if there is no ledger, and not to the target
 * @param completed every checkpoint that was completed, oldest first
 * @param without the rule that is left out, to see whether that is noticed
 */
record World(
    SimulatedSource source,
    SimulatedTarget target,
    Optional<SimulatedDownstream> downstream,
    SimulatedPositions format,
    Choices choices,
    Optional<Rule> without,
    Trace trace,
    RuleCounts counts,
    List<Resumption.Checkpoint> completed) {

  /** Whether a session's snapshot is known within bounds only. */
  boolean brackets() {
    return source.reportsLate();
  }

  /** Sees to it that the source cannot lose what a snapshot contains that was taken before. */
  void secure() {
    if (!isWithout(Rule.SNAPSHOT_ON_DISK)) {
      source.flush();
    }
  }

  boolean isWithout(Rule rule) {
    return without.isPresent() && without.get() == rule;
  }
}
