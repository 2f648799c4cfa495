package io.tidemark.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What happened in a schedule, in words; costs nothing while nobody listens. */
final class Trace {

  private final boolean listening;
  private final List<String> lines = new ArrayList<>();

  Trace(boolean listening) {
    this.listening = listening;
  }

  void say(Supplier<String> line) {
    if (listening) {
      lines.add(line.get());
    }
  }

  List<String> lines() {
    return lines;
  }
}
