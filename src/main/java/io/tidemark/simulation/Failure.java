package io.tidemark.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A schedule that did not hold.
 *
 * @param seed what it followed from
 * @param message what was violated
 * @param steps how many steps the shortest schedule has that was found, before it calms down
 * @param lines what happens in it
 */
public record Failure(long seed, String message, int steps, List<String> lines) {

  private static final int MOST_ATTEMPTS = 20_000;

  public Failure {
    lines = List.copyOf(lines);
  }

  /** Runs the seed's schedule again and makes it as short as it gets. */
  static Failure of(long seed, Optional<Rule> without) {
    Choices recording = Choices.recording(seed);
    Violation found =
        violation(recording, without, new Trace(false))
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "the schedule of seed " + seed + " holds when repeated"));
    List<int[]> groups = shortest(recording.recorded(), without, found.isLivelock());
    Trace trace = new Trace(true);
    Violation violation =
        violation(Choices.replaying(groups), without, trace)
            .orElseThrow(() -> new IllegalStateException("a shorter schedule holds when repeated"));
    return new Failure(
        seed, String.valueOf(violation.getMessage()), groups.size() - 1, trace.lines());
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

  private static List<int[]> shortest(
      List<int[]> recorded, Optional<Rule> without, boolean livelock) {
    Shrinking shrinking = new Shrinking(recorded, without, livelock);
    int before;
    do {
      before = shrinking.best.size();
      shrinking.leaveOut();
      shrinking.makePlain();
    } while (shrinking.best.size() < before);
    return shrinking.best;
  }

  /** Looks for a schedule that is shorter and plainer, and in which something is violated too. */
  private static final class Shrinking {
    private final Optional<Rule> without;
    private List<int[]> best;
    private final boolean livelock;
    private int attempts;

    Shrinking(List<int[]> recorded, Optional<Rule> without, boolean livelock) {
      this.best = recorded;
      this.livelock = livelock;
      this.without = without;
    }

    private boolean takes(List<int[]> other) {
      if (attempts >= MOST_ATTEMPTS) {
        return false;
      }
      attempts++;
      if (violation(Choices.replaying(other), without, new Trace(false))
          .filter(found -> found.isLivelock() == livelock)
          .isEmpty()) {
        return false;
      }
      best = other;
      return true;
    }

    /** Leaves out ever smaller parts. */
    void leaveOut() {
      for (int part = Math.max(1, best.size() / 2); part >= 1; part = part == 1 ? 0 : part / 2) {
        boolean shrunk = true;
        while (shrunk) {
          shrunk = false;
          for (int from = 1; from + part <= best.size(); ) {
            List<int[]> shorter = new ArrayList<>(best.subList(0, from));
            shorter.addAll(best.subList(from + part, best.size()));
            if (takes(shorter)) {
              shrunk = true;
            } else {
              from += part;
              if (attempts >= MOST_ATTEMPTS) {
                return;
              }
            }
          }
        }
      }
    }

    /** Replaces choices by the plainest ones. */
    void makePlain() {
      for (int i = 0; i < best.size(); i++) {
        for (int k = 0; k < best.get(i).length; k++) {
          if (best.get(i)[k] != 0 && !takes(with(i, k, 0)) && best.get(i)[k] > 1) {
            takes(with(i, k, 1));
          }
        }
      }
    }

    private List<int[]> with(int group, int place, int choice) {
      List<int[]> other = new ArrayList<>(best);
      int[] changed = best.get(group).clone();
      changed[place] = choice;
      other.set(group, changed);
      return other;
    }
  }

  /** For people: what happened, and how to have it happen again. */
  public String describe() {
    return "seed " + seed + ": " + message + "\n  " + String.join("\n  ", lines);
  }
}
