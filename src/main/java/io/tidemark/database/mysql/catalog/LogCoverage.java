package io.tidemark.database.mysql.catalog;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.ServerVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether a server's binary log has all that is changed there. What decides it is set when the
 * server starts, but for whether it is a replica; so it is asked on every new connection, and the
 * rest over and over. Used by one thread.
 */
public final class LogCoverage {

  /**
   * Something that changes rows and is not in the log.
   *
   * @param problem what is set how, and what that leaves out
   * @param remedy what to do
   */
  public record Gap(String problem, String remedy) {}

  private final MySqlQueries queries;
  private final ServerVersion version;
  private final boolean logsReplication;

  /** Asks on {@code queries}, which stays the caller's. */
  public LogCoverage(MySqlQueries queries) {
    this.queries = queries;
    this.version = queries.version();
    this.logsReplication =
        isOn(
            queries
                .variable("log_replica_updates")
                .or(() -> queries.variable("log_slave_updates")));
  }

  private static boolean isOn(Optional<String> value) {
    return value.filter(on -> on.equalsIgnoreCase("ON") || on.equals("1")).isPresent();
  }

  /** All of them. */
  public List<Gap> gaps() {
    List<Gap> gaps = new ArrayList<>(filters());
    unloggedReplication().ifPresent(gaps::add);
    return gaps;
  }

  /**
   * @throws DatabaseException fatal, if there is a gap
   */
  public void require() {
    gaps().stream().findFirst().ifPresent(LogCoverage::refuse);
  }

  /**
   * What may have come about since {@link #require}.
   *
   * @throws DatabaseException fatal, if there is a gap
   */
  public void requireStill() {
    unloggedReplication().ifPresent(LogCoverage::refuse);
  }

  private static void refuse(Gap gap) {
    throw new DatabaseException(
        Kind.FATAL,
        "source: "
            + gap.problem()
            + ". To mend it: "
            + gap.remedy()
            + "; then, if the copied tables may have been changed meanwhile, drop the stream with"
            + " ./tidemark drop and copy again");
  }

  /** The statement that says where the log stands, and what is left out of it. */
  public static String statusStatement(ServerVersion version) {
    boolean renamed = !version.isMariaDb() && version.isAtLeast(8, 2);
    return renamed ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS";
  }

  /**
   * Rows are filtered by their own database, and every other statement by the default database of
   * its session (MySQL manual, 19.2.5.1; MariaDB documentation, "binlog_ignore_db"). So a filter on
   * any database hides what its sessions do to the tables of others.
   */
  private List<Gap> filters() {
    List<Gap> gaps = new ArrayList<>();
    queries.list(
        "asking what the binary log leaves out",
        statusStatement(version),
        row -> {
          filter("binlog_do_db", row.getString("Binlog_Do_DB"), "other databases", gaps);
          filter("binlog_ignore_db", row.getString("Binlog_Ignore_DB"), "it", gaps);
          return 1;
        });
    return gaps;
  }

  private static void filter(String option, String value, String what, List<Gap> gaps) {
    if (value == null || value.isEmpty()) {
      return;
    }
    gaps.add(
        new Gap(
            option
                + " is set ("
                + value
                + "): rows of tables in "
                + what
                + " are not in the binary log, and neither is a TRUNCATE or ALTER TABLE, of whichever"
                + " table, by a session whose default database is "
                + (what.equals("it") ? "that one" : "another one"),
            "take "
                + option
                + " out of the server's option file or command line and start it again"));
  }

  /** What a replica applies is in its own log only if it is told so (MySQL manual, 19.1.6.4). */
  private Optional<Gap> unloggedReplication() {
    if (logsReplication) {
      return Optional.empty();
    }
    String start = "start it with log_replica_updates = ON (MariaDB: log_slave_updates)";
    if (isOn(queries.variable("wsrep_on"))) {
      return Optional.of(
          new Gap(
              "the server is a node of a cluster and log_slave_updates is OFF: what other nodes write"
                  + " is not in its log",
              start));
    }
    if (isReplica()) {
      return Optional.of(
          new Gap(
              "the server is a replica and log_replica_updates is OFF: what it applies is not in its"
                  + " log",
              start + ", or let source.url name the primary"));
    }
    return Optional.empty();
  }

  private boolean isReplica() {
    try {
      return !queries
          .list(
              "asking whether the server is a replica",
              replicaStatement(version),
              row -> row.getRow())
          .isEmpty();
    } catch (DatabaseException e) {
      if (!MySqlErrors.isAccessDenied(e)) {
        throw e;
      }
      // MariaDB shows it to administrators only, and to everybody how many threads apply.
      return queries
          .first(
              "asking how many replication threads run",
              "SHOW GLOBAL STATUS LIKE 'Slaves_running'",
              row -> row.getInt(2))
          .filter(running -> running > 0)
          .isPresent();
    }
  }

  /** The statement that shows from where a replica replicates; MariaDB's may have several. */
  public static String replicaStatement(ServerVersion version) {
    if (version.isMariaDb()) {
      return "SHOW ALL REPLICAS STATUS";
    }
    return version.isAtLeast(8, 1) ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS";
  }
}
