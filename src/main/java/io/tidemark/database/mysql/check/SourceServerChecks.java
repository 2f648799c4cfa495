package io.tidemark.database.mysql.check;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.catalog.LogCoverage;
import io.tidemark.database.mysql.catalog.UnloggedCascades;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.ServerVersion;
import io.tidemark.database.mysql.snapshot.LocklessSettings;
import io.tidemark.database.shared.Findings;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.SourceSettings;
import io.tidemark.settings.SourceSettings.Lock;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Whether the source's server and account let a job read its log and its tables. */
final class SourceServerChecks {

  /** How long a job should be able to rest, beside what it needs while it runs. */
  private static final Duration COMFORTABLE_REST = Duration.ofHours(24);

  /**
   * What of the server the check of the tables needs to know.
   *
   * @param fullRowImages whether the log has whole old rows
   * @param unloggedCascades why rows that a foreign key changes are not in the log; empty if they
   *     are
   * @param locks whether tables are locked while a snapshot is taken
   * @param account {@code 'user'@'host'}
   */
  record Facts(
      ServerVersion version,
      boolean fullRowImages,
      Optional<String> unloggedCascades,
      boolean locks,
      String account,
      String grants) {}

  private final MySqlQueries queries;
  private final Findings findings;
  private final ServerVersion version;
  private final Lock lock;
  private final SchemaChanges schemaChanges;
  private final Duration logNeeded;

  SourceServerChecks(
      MySqlQueries queries, Findings findings, SourceSettings settings, Duration logNeeded) {
    this.queries = queries;
    this.findings = findings;
    this.lock = settings.lock();
    this.schemaChanges = settings.schemaChanges();
    this.logNeeded = logNeeded;
    this.version = queries.version();
  }

  Facts check() {
    log();
    coverage();
    positions();
    lockless();
    retention();
    DurabilityChecks.check(queries, findings);
    replica();
    String account =
        queries.one(
            "asking for the account",
            "SELECT CURRENT_USER()",
            row -> "'" + row.getString(1).replace("@", "'@'") + "'");
    String grants =
        String.join(
            "\n",
            queries.list(
                "asking for the account's privileges", "SHOW GRANTS", row -> row.getString(1)));
    mayReadLog(account, grants);
    return new Facts(
        version,
        variable("binlog_row_image").orElse("FULL").equalsIgnoreCase("FULL"),
        UnloggedCascades.reason(queries),
        lock == Lock.TABLES,
        account,
        grants);
  }

  private Optional<String> variable(String name) {
    return queries.variable(name);
  }

  private String set(String name, String value) {
    return (version.isMariaDb() ? "SET GLOBAL " : "SET PERSIST ")
        + name
        + " = "
        + value
        + (version.isMariaDb() ? "; and the same in the option file" : "");
  }

  private void log() {
    if (!isOn(variable("log_bin"))) {
      findings.error(
          Findings.SOURCE,
          "log_bin is OFF: the server writes no binary log",
          "start it with log_bin = binlog and a server_id in the section [mysqld] of its option"
              + " file");
    }
    String format = variable("binlog_format").orElse("ROW");
    if (!format.equalsIgnoreCase("ROW")) {
      findings.error(
          Findings.SOURCE,
          "binlog_format is " + format + ": the log tells of statements and not of rows",
          set("binlog_format", "'ROW'") + "; and let sessions that are open now connect again");
    }
    String metadata = variable("binlog_row_metadata").orElse("MINIMAL");
    if (schemaChanges == SchemaChanges.IGNORE && !metadata.equalsIgnoreCase("FULL")) {
      findings.error(
          Findings.SOURCE,
          "source.schema-changes is ignore and binlog_row_metadata is "
              + metadata
              + ": the log does not name columns, so that they cannot be told after a change",
          set("binlog_row_metadata", "'FULL'"));
    }
    if (variable("server_id").orElse("0").equals("0")) {
      findings.error(
          Findings.SOURCE,
          "server_id is 0: the server refuses whoever wants to read its log",
          set("server_id", "1"));
    }
  }

  private void coverage() {
    try {
      new LogCoverage(queries)
          .gaps()
          .forEach(gap -> findings.error(Findings.SOURCE, gap.problem(), gap.remedy()));
    } catch (DatabaseException e) {
      if (!MySqlErrors.isAccessDenied(e)) {
        throw e;
      }
      // That the account may not see where the log stands is reported by itself.
    }
  }

  private void positions() {
    if (version.isMariaDb()) {
      if (!isOn(variable("gtid_strict_mode"))) {
        findings.warning(
            Findings.SOURCE,
            "gtid_strict_mode is OFF: the log may get transactions out of order, which a stream"
                + " cannot go past",
            set("gtid_strict_mode", "ON"));
      }
      return;
    }
    String mode = variable("gtid_mode").orElse("OFF").toUpperCase(Locale.ROOT);
    if (mode.equals("OFF")) {
      findings.warning(
          Findings.SOURCE,
          "gtid_mode is OFF: the stream's place in the log is a file and an offset of this very"
              + " server, and is lost with it",
          "SET PERSIST enforce_gtid_consistency = ON; then gtid_mode = OFF_PERMISSIVE,"
              + " ON_PERMISSIVE and ON, one after the other (MySQL manual, 19.1.4.2)");
    } else if (!mode.equals("ON")) {
      findings.error(
          Findings.SOURCE,
          "gtid_mode is " + mode + ": some transactions have a GTID and some do not",
          "finish the change: SET PERSIST gtid_mode = ON (or OFF)");
    }
  }

  private void lockless() {
    if (lock == Lock.TABLES || version.isMariaDb()) {
      return;
    }
    if (!version.commitsPreparedInOrder()) {
      findings.error(
          Findings.SOURCE,
          "copy.lock is none, and this server ("
              + version
              + ") may add an XA transaction to gtid_executed before it is visible",
          "take MySQL 8.0.30 or later, or copy with locks (copy.lock: tables)");
    }
    for (LocklessSettings setting : LocklessSettings.values()) {
      setting
          .problem(queries)
          .ifPresent(problem -> findings.error(Findings.SOURCE, problem, setting.remedy()));
    }
  }

  private void retention() {
    Optional<Duration> kept = retentionTime();
    if (kept.isEmpty()) {
      return;
    }
    String keeps = "the server keeps its binary log for " + kept.get().toSeconds() + " s";
    String remedy = set("binlog_expire_logs_seconds", "604800") + " (a week)";
    if (kept.get().compareTo(logNeeded) < 0) {
      findings.error(
          Findings.SOURCE,
          keeps
              + ", and a copy needs what is up to "
              + logNeeded.toSeconds()
              + " s old: two copy cycles and a checkpoint",
          remedy + ", or shorten copy.cycle");
    } else if (kept.get().compareTo(logNeeded.plus(COMFORTABLE_REST)) < 0) {
      findings.warning(
          Findings.SOURCE,
          keeps
              + "; a copy needs what is up to "
              + logNeeded.toSeconds()
              + " s old, and a job that is stopped or behind for longer than the rest is lost",
          remedy);
    }
  }

  /** Empty if the log is kept until somebody purges it. */
  private Optional<Duration> retentionTime() {
    if (variable("binlog_expire_logs_auto_purge").map(value -> !isOn(value)).orElse(false)) {
      return Optional.empty();
    }
    double seconds = Double.parseDouble(variable("binlog_expire_logs_seconds").orElse("0"));
    if (seconds == 0) {
      seconds = 86_400 * Double.parseDouble(variable("expire_logs_days").orElse("0"));
    }
    return seconds == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds((long) seconds));
  }

  private void replica() {
    record Status(String running, String behind, List<String> filters) {}
    List<Status> status;
    try {
      status =
          queries.list(
              "asking whether the server is a replica",
              LogCoverage.replicaStatement(version),
              row -> {
                String running = version.isMariaDb() ? "Slave_SQL_Running" : "Replica_SQL_Running";
                String behind =
                    version.isMariaDb() ? "Seconds_Behind_Master" : "Seconds_Behind_Source";
                return new Status(
                    String.valueOf(row.getString(running)),
                    Optional.ofNullable(row.getString(behind)).orElse("unknown"),
                    replicaFilters(row));
              });
    } catch (DatabaseException e) {
      if (e.kind() == Kind.RETRYABLE) {
        throw e;
      }
      return; // MySQL: a privilege that is reported by itself; MariaDB: one that is not needed
    }
    for (Status one : status) {
      if (!one.running().equalsIgnoreCase("Yes")) {
        findings.warning(
            Findings.SOURCE,
            "the server is a replica that does not apply anything now",
            "START REPLICA");
      } else if (!one.behind().equals("0")) {
        findings.warning(
            Findings.SOURCE,
            "the server is a replica that is " + one.behind() + " s behind its source",
            "nothing, if the target may be as far behind");
      }
      if (!one.filters().isEmpty()) {
        findings.warning(
            Findings.SOURCE,
            "the server is a replica that does not apply everything ("
                + String.join(", ", one.filters())
                + "): what it leaves out is not copied",
            "nothing, if the target is to be as this replica is; else let source.url name the"
                + " primary");
      }
    }
  }

  /** What a replica does not apply never happens there: its tables and its log still agree. */
  private static List<String> replicaFilters(ResultSet row) throws SQLException {
    List<String> filters = new ArrayList<>();
    ResultSetMetaData columns = row.getMetaData();
    for (int i = 1; i <= columns.getColumnCount(); i++) {
      String name = columns.getColumnLabel(i);
      String value = row.getString(i);
      if (name.startsWith("Replicate_") && value != null && !value.isEmpty()) {
        filters.add(name + " = " + value);
      }
    }
    return filters;
  }

  private void mayReadLog(String account, String grants) {
    denied(LogCoverage.statusStatement(version))
        .ifPresent(
            said ->
                findings.error(
                    Findings.SOURCE,
                    "account " + account + " may not see where the log stands: " + said,
                    "GRANT REPLICATION CLIENT ON *.* TO " + account));
    boolean refused =
        version.isMariaDb()
            ? !grants.contains("REPLICATION SLAVE") && !grants.contains("ALL PRIVILEGES ON *.*")
            // MySQL 9.7 takes a limit of 0 for none, and sends its whole first log.
            : denied("SHOW BINLOG EVENTS LIMIT 1").isPresent();
    if (refused) {
      findings.error(
          Findings.SOURCE,
          "account " + account + " may not read the log (it lacks REPLICATION SLAVE)",
          "GRANT REPLICATION SLAVE ON *.* TO " + account);
    }
  }

  /** What the server says if it forbids a statement. */
  private Optional<String> denied(String sql) {
    try {
      queries.list("trying the account's privileges", sql, row -> 1);
      return Optional.empty();
    } catch (DatabaseException e) {
      Throwable said = e.getCause();
      if (said == null || !MySqlErrors.isAccessDenied(e)) {
        return Optional.empty(); // nothing about privileges: log_bin is OFF, or the like
      }
      return Optional.of(String.valueOf(said.getMessage()));
    }
  }

  private static boolean isOn(Optional<String> value) {
    return value.map(SourceServerChecks::isOn).orElse(false);
  }

  private static boolean isOn(String value) {
    return value.equalsIgnoreCase("ON") || value.equals("1");
  }
}
