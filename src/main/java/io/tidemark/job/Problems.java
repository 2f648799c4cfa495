package io.tidemark.job;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Gathers everything that is wrong with one job file, so that it can be said at once. */
final class Problems {

  /** Of what is longer nobody reads the rest. */
  private static final int LONGEST_REASON = 500;

  private static final int MOST_SHOWN = 50;

  private final List<Problem> found = new ArrayList<>();

  void add(int line, String reason) {
    found.add(
        new Problem(
            line,
            reason.length() <= LONGEST_REASON
                ? reason
                : reason.substring(0, LONGEST_REASON) + "…"));
  }

  /**
   * @throws JobFileException if anything was added, in the order of the lines, the first of them
   *     where there are many
   */
  void throwIfAny(String file) {
    if (!found.isEmpty()) {
      List<Problem> sorted =
          new ArrayList<>(
              found.stream()
                  .sorted(Comparator.comparingInt(Problem::line))
                  .limit(MOST_SHOWN)
                  .toList());
      if (found.size() > MOST_SHOWN) {
        int line = sorted.get(MOST_SHOWN - 1).line();
        sorted.add(new Problem(line, "and " + (found.size() - MOST_SHOWN) + " problems more"));
      }
      throw new JobFileException(file, sorted);
    }
  }
}
