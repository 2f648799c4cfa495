package io.tidemark.database;

import java.util.List;

/** Looks, before anything is touched, for everything that would fail later. Reads only. */
public interface Preflight {

  /** All that was found, in the order in which it was looked for; empty if nothing is wrong. */
  List<Finding> check();

  /** How bad a finding is. */
  enum Severity {
    /** The job would fail, or would not be exact. */
    ERROR,
    /** The job will run; the operator should know. */
    WARNING
  }

  /**
   * @param where {@code source}, {@code target} or a table's name
   * @param problem what is wrong, with the value that was seen
   * @param remedy what to do about it, as a statement or setting where there is one
   */
  record Finding(Severity severity, String where, String problem, String remedy) {}
}
