package io.tidemark.database.mysql;

import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import java.util.ArrayList;
import java.util.List;

/** Collects what the checks find, in order. One thread. */
final class Findings {

  static final String SOURCE = "source";
  static final String TARGET = "target";

  private final List<Finding> list = new ArrayList<>();

  void error(String where, String problem, String remedy) {
    list.add(new Finding(Severity.ERROR, where, problem, remedy));
  }

  void warning(String where, String problem, String remedy) {
    list.add(new Finding(Severity.WARNING, where, problem, remedy));
  }

  List<Finding> list() {
    return List.copyOf(list);
  }
}
