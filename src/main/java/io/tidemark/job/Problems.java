package io.tidemark.job;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Gathers everything that is wrong with one job file, so that it can be said at once. */
final class Problems {

  private final List<Problem> found = new ArrayList<>();

  void add(int line, String reason) {
    found.add(new Problem(line, reason));
  }

  /**
   * @throws JobFileException if anything was added, with all of it in the order of the lines
   */
  void throwIfAny(String file) {
    if (!found.isEmpty()) {
      throw new JobFileException(
          file, found.stream().sorted(Comparator.comparingInt(Problem::line)).toList());
    }
  }
}
