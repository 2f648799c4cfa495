package io.tidemark.database.mysql.check;

import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.shared.Findings;

/** Whether the source keeps in a crash what it has let others read. */
final class DurabilityChecks {

  private DurabilityChecks() {}

  /**
   * A commit is sent to whoever reads the log, and can be seen by a snapshot, when it is written;
   * with another setting than 1 that may be before it is on disk (MySQL manual, 19.1.6.4, {@code
   * sync_binlog}; 17.14, {@code innodb_flush_log_at_trx_commit}).
   */
  static void check(MySqlQueries queries, Findings findings) {
    warnUnlessOne(
        queries,
        findings,
        "sync_binlog",
        "a crash of the machine can take commits out of the log that were copied already. The"
            + " stream would notice, and could not go on");
    warnUnlessOne(
        queries,
        findings,
        "innodb_flush_log_at_trx_commit",
        "a crash of the machine can take commits out of the tables that the log has and the target"
            + " has copied, and nothing tells of it");
  }

  private static void warnUnlessOne(
      MySqlQueries queries, Findings findings, String name, String consequence) {
    String value = queries.variable(name).orElse("1");
    if (!value.equals("1")) {
      findings.warning(
          Findings.SOURCE,
          name + " is " + value + ": " + consequence,
          "SET GLOBAL " + name + " = 1; and the same in the option file");
    }
  }
}
