package io.tidemark.lab;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Makes a MySQL or MariaDB server as good as new. */
final class MySqlRenewal extends Renewal {

  private static final int NO_SUCH_THREAD = 1094;

  private static final Set<String> OF_THE_SERVER =
      Set.of("system user", "event_scheduler", "mysql.session");

  private static final String DATABASES =
      "SELECT CONCAT('`', REPLACE(schema_name, '`', '``'), '`') FROM information_schema.schemata"
          + " WHERE schema_name NOT IN"
          + " ('mysql', 'information_schema', 'performance_schema', 'sys')";

  private static final String USERS =
      "SELECT CONCAT(QUOTE(user), '@', QUOTE(host)) FROM mysql.user";

  private final MySqlServer server;
  private final boolean mariaDb;
  private final Map<String, String> variables;
  private final List<String> users;
  private final List<String> rights;

  MySqlRenewal(MySqlServer server) throws SQLException {
    super(server);
    this.server = server;
    this.mariaDb = server.vendor() == MySqlVendor.MARIADB;
    try (Connection connection = server.connect("")) {
      variables = variables(connection);
      users = rows(connection, USERS);
      rights = rights(connection);
    }
  }

  @Override
  Optional<String> undo() throws SQLException {
    try (Connection connection = server.connect("")) {
      endSessions(connection);
      if (!mariaDb) {
        execute(connection, "RESET PERSIST");
      }
      // Some forbid what comes next.
      Optional<String> refused = undoVariables(connection);
      if (refused.isPresent()) {
        return refused;
      }
      if (!rows(connection, "SHOW REPLICA STATUS").isEmpty()) {
        execute(connection, "STOP REPLICA");
        execute(connection, "RESET REPLICA ALL");
      }
      undoTransactions(connection);
      execute(connection, "SET SESSION foreign_key_checks = 0");
      for (String name : rows(connection, DATABASES)) {
        execute(connection, "DROP DATABASE " + name);
      }
      List<String> strangers = rows(connection, USERS);
      strangers.removeAll(users);
      for (String user : strangers) {
        // MariaDB's roles are users without a host.
        boolean role = mariaDb && user.endsWith("@''");
        execute(connection, role ? "DROP ROLE " + user.split("@")[0] : "DROP USER " + user);
      }
      // What the sessions of users that are gone have done is counted here.
      execute(connection, "TRUNCATE TABLE performance_schema.accounts");
      execute(connection, mariaDb ? "RESET MASTER" : "RESET BINARY LOGS AND GTIDS");
      if (mariaDb) {
        execute(connection, "SET GLOBAL gtid_slave_pos = ''");
      }
      Optional<String> otherRights = difference(rights, rights(connection));
      return otherRights.isPresent()
          ? otherRights
          : difference(lines(variables), lines(variables(connection)));
    }
  }

  private void endSessions(Connection connection) throws SQLException {
    if (!patiently(Duration.ofSeconds(20), () -> sessionsHaveEnded(connection))) {
      throw new SQLException("sessions do not end: " + rows(connection, "SHOW PROCESSLIST"));
    }
  }

  private static boolean sessionsHaveEnded(Connection connection) throws SQLException {
    List<String> ids = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SHOW PROCESSLIST")) {
      while (rows.next()) {
        if (!OF_THE_SERVER.contains(rows.getString("User"))
            && !rows.getString("Command").equals("Daemon")) {
          ids.add(rows.getString("Id"));
        }
      }
    }
    ids.removeAll(rows(connection, "SELECT CONNECTION_ID()"));
    for (String id : ids) {
      try {
        execute(connection, "KILL " + id);
      } catch (SQLException e) {
        if (e.getErrorCode() != NO_SUCH_THREAD) {
          throw e;
        }
      }
    }
    return ids.isEmpty();
  }

  /** Sets back what was set. */
  private Optional<String> undoVariables(Connection connection) throws SQLException {
    Map<String, String> now = variables(connection);
    for (Map.Entry<String, String> variable : variables.entrySet()) {
      String name = variable.getKey();
      String value = variable.getValue();
      if (value.equals(now.get(name)) || isPosition(name)) {
        continue;
      }
      String literal = value.matches("-?\\d+(\\.\\d+)?") ? value : quoted(value);
      try {
        execute(connection, "SET GLOBAL " + name + " = " + literal);
      } catch (SQLException e) {
        return Optional.of(name + " cannot be set back: " + e.getMessage());
      }
    }
    return Optional.empty();
  }

  /** What emptying the log sets back. */
  private static boolean isPosition(String variable) {
    return variable.matches("gtid_(executed|purged|owned|.*_pos|.*_state)");
  }

  private static String quoted(String value) {
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'";
  }

  /** Rolls back what was prepared and left so. */
  private void undoTransactions(Connection connection) throws SQLException {
    List<String> ids = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                mariaDb ? "XA RECOVER FORMAT = 'SQL'" : "XA RECOVER CONVERT XID")) {
      while (rows.next()) {
        String data = rows.getString("data");
        if (mariaDb) {
          ids.add(data);
        } else {
          int global = 2 + 2 * rows.getInt("gtrid_length");
          ids.add(
              "X'%s', X'%s', %s"
                  .formatted(
                      data.substring(2, global),
                      data.substring(global),
                      rows.getString("formatID")));
        }
      }
    }
    for (String id : ids) {
      execute(connection, "XA ROLLBACK " + id);
    }
  }

  private static Map<String, String> variables(Connection connection) throws SQLException {
    Map<String, String> all = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SHOW GLOBAL VARIABLES")) {
      while (rows.next()) {
        all.put(rows.getString(1), String.valueOf(rows.getString(2)));
      }
    }
    return all;
  }

  private static List<String> lines(Map<String, String> variables) {
    return variables.entrySet().stream().map(Map.Entry::toString).toList();
  }

  /** Who may do what, and which plugins there are. */
  private static List<String> rights(Connection connection) throws SQLException {
    List<String> all = new ArrayList<>();
    for (String table :
        rows(
            connection,
            "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'mysql'"
                + " AND TABLE_NAME IN ('user', 'db', 'tables_priv', 'columns_priv', 'procs_priv',"
                + " 'proxies_priv', 'global_priv', 'global_grants', 'role_edges', 'roles_mapping', 'func',"
                + " 'component', 'plugin')")) {
      all.addAll(rows(connection, "SELECT '" + table + "', t.* FROM mysql." + table + " AS t"));
    }
    return all;
  }
}
