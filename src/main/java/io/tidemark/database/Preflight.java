package io.tidemark.database;

import io.tidemark.database.SourceDatabase.SourceCheck;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks both databases over, before anything is touched, for everything that would fail later.
 * Reads only.
 */
public record Preflight(SourceDatabase source, TargetDatabase target, CheckedJob job) {

  /** All that was found, in the order in which it was looked for; empty if nothing is wrong. */
  public List<Finding> check() {
    SourceCheck checked = source.check(job);
    List<Finding> findings = new ArrayList<>(checked.findings());
    findings.addAll(target.check(job, source, checked.description()));
    return findings;
  }

  /** How bad a finding is. */
  public enum Severity {
    /** The job would fail, or would not be exact. */
    ERROR,
    /** The job will run; the operator should know. */
    WARNING
  }

  /**
   * One thing that was found.
   *
   * @param where {@code source}, {@code target} or a table's name
   * @param problem what is wrong, with the value that was seen
   * @param remedy what to do about it, as a statement or setting where there is one
   */
  public record Finding(Severity severity, String where, String problem, String remedy) {}
}
