package io.tidemark.job;

import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import java.util.ArrayList;
import java.util.List;

/** What a preflight found, for people: errors first, each with its remedy below it. */
public final class FindingsTable {

  private FindingsTable() {}

  /** The lines to print; one line that says so if nothing was found. */
  public static List<String> lines(List<Finding> findings) {
    if (findings.isEmpty()) {
      return List.of("preflight: nothing stands in the way");
    }
    int where = findings.stream().mapToInt(finding -> finding.where().length()).max().orElse(0);
    List<String> lines = new ArrayList<>();
    for (Severity severity : Severity.values()) {
      for (Finding finding : findings) {
        if (finding.severity() == severity) {
          String head =
              String.format("%-7s  %-" + Math.max(1, where) + "s  ", severity, finding.where());
          lines.add(head + finding.problem());
          if (!finding.remedy().isEmpty()) {
            lines.add(" ".repeat(head.length()) + "-> " + finding.remedy());
          }
        }
      }
    }
    long errors = errors(findings);
    lines.add(
        "preflight: "
            + plural(errors, "error")
            + ", "
            + plural(findings.size() - errors, "warning")
            + (errors > 0 ? "; nothing was touched" : ""));
    return lines;
  }

  /** Whether the job must not be started. */
  public static boolean forbidStart(List<Finding> findings) {
    return errors(findings) > 0;
  }

  private static long errors(List<Finding> findings) {
    return findings.stream().filter(finding -> finding.severity() == Severity.ERROR).count();
  }

  private static String plural(long count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
