package io.tidemark.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A schedule that did not hold.
 *
 * @param seed what it followed from
 * @param message what was violated
 * @param lines the shortest schedule found that is violated too, step by step
 */
public record Failure(long seed, String message, List<String> lines) {

  private static final int MOST_ATTEMPTS = 4_000;

  public Failure {
    lines = List.copyOf(lines);
  }

  /** Runs the seed's schedule again and makes it as short as it gets. */
  static Failure of(long seed, Optional<Rule> without) {
    Choices recording = Choices.recording(seed);
    if (violation(recording, without, new Trace(false)).isEmpty()) {
      throw new IllegalStateException("the schedule of seed " + seed + " holds when repeated");
    }
    List<int[]> groups = shortest(recording.recorded(), without);
    Trace trace = new Trace(true);
    Violation violation =
        violation(Choices.replaying(groups), without, trace)
            .orElseThrow(() -> new IllegalStateException("a shorter schedule holds when repeated"));
    return new Failure(seed, violation.getMessage(), trace.lines());
  }

  private static Optional<Violation> violation(
      Choices choices, Optional<Rule> without, Trace trace) {
    try {
      Simulation.run(choices, without, trace, new RuleCounts());
      return Optional.empty();
    } catch (Violation violation) {
      return Optional.of(violation);
    }
  }

  /** Leaves out ever smaller parts, for as long as something is still violated. */
  private static List<int[]> shortest(List<int[]> recorded, Optional<Rule> without) {
    List<int[]> best = recorded;
    int attempts = 0;
    for (int part = Math.max(1, best.size() / 2); part >= 1; part = part == 1 ? 0 : part / 2) {
      boolean shrunk = true;
      while (shrunk) {
        shrunk = false;
        for (int from = 1; from + part <= best.size() && attempts < MOST_ATTEMPTS; ) {
          List<int[]> shorter = new ArrayList<>(best.subList(0, from));
          shorter.addAll(best.subList(from + part, best.size()));
          attempts++;
          if (violation(Choices.replaying(shorter), without, new Trace(false)).isPresent()) {
            best = shorter;
            shrunk = true;
          } else {
            from += part;
          }
        }
      }
    }
    return best;
  }

  /** For people: what happened, and how to have it happen again. */
  public String describe() {
    return "seed " + seed + ": " + message + "\n  " + String.join("\n  ", lines);
  }
}
