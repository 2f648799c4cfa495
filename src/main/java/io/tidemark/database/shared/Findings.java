package io.tidemark.database.shared;

import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import java.util.ArrayList;
import java.util.List;

/** Collects what a look-over of source or target finds, in order. Used by one thread. */
public final class Findings {

  /** Where a finding is, as the job file calls it. */
  public static final String SOURCE = "source";

  /** The other side, as the job file calls it. */
  public static final String TARGET = "target";

  private final List<Finding> list = new ArrayList<>();

  /** Adds what the job cannot start with. */
  public void error(String where, String problem, String remedy) {
    list.add(new Finding(Severity.ERROR, where, problem, remedy));
  }

  /** Adds what somebody should know, and the job can start with. */
  public void warning(String where, String problem, String remedy) {
    list.add(new Finding(Severity.WARNING, where, problem, remedy));
  }

  /** What was found so far. */
  public List<Finding> list() {
    return List.copyOf(list);
  }
}
