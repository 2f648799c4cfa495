package io.tidemark.benchmark;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The same ratio of several rounds: how many times as fast as its peer Tidemark was. */
final class Ratios {

  private final List<Double> values = new ArrayList<>();

  void add(double ratio) {
    values.add(ratio);
  }

  double median() {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  double best() {
    return Collections.max(values);
  }

  @Override
  public String toString() {
    return "%.2f (of %d: %.2f to %.2f)"
        .formatted(median(), values.size(), Collections.min(values), Collections.max(values));
  }
}
