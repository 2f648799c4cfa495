package io.tidemark.database;

import io.tidemark.database.SourceDatabase.SourceCheck;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.OnBadValue;
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
    if (target.onBadValue() == OnBadValue.DEAD_LETTER) {
      checked.description().ifPresent(tables -> findings.addAll(withoutKey(tables)));
    }
    return findings;
  }

  /** Only a key tells which kept row a later change is of. */
  private static List<Finding> withoutKey(SchemaDescription description) {
    return description.portable().tables().stream()
        .filter(
            table ->
                table.primaryKey().isEmpty()
                    && table.indexes().stream().noneMatch(PortableSchema.Index::unique))
        .map(
            table ->
                new Finding(
                    Severity.ERROR,
                    table.id().toString(),
                    "target.on-bad-value is dead-letter, and the table has no key by which a later"
                        + " change of such a row would be known",
                    "give the table a primary key at the source, take it out of source.tables, or"
                        + " set target.on-bad-value to error or null"))
        .toList();
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
