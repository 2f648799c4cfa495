package io.tidemark.simulation;

import java.util.Optional;

/**
 * What all parts of one schedule share.
 *
 * @param without the rule that is left out, to see whether that is noticed
 */
record World(
    SimulatedSource source,
    SimulatedTarget target,
    SimulatedPositions format,
    Choices choices,
    Optional<Rule> without,
    Trace trace,
    RuleCounts counts) {

  /** Whether a session's snapshot is known within bounds only. */
  boolean brackets() {
    return source.reportsLate();
  }

  boolean isWithout(Rule rule) {
    return without.isPresent() && without.get() == rule;
  }
}
