package io.tidemark.lab;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes a server that tests have used as good as new. It remembers what the server was like when it
 * had just started. For one thread at a time.
 */
abstract class Renewal {

  private final Server server;
  private final long pid;

  Renewal(Server server) {
    this.server = server;
    this.pid = server.pid();
  }

  /** For a server that has just started. */
  static Renewal of(Server server) throws SQLException {
    if (server instanceof PostgresServer postgres) {
      return new PostgresRenewal(postgres);
    }
    return new MySqlRenewal((MySqlServer) server);
  }

  /**
   * Undoes all that was done to the server.
   *
   * @return why it is not as good as new, if it cannot be
   * @throws SQLException if the server refuses what it should not
   */
  final Optional<String> renew() throws SQLException {
    if (!server.isRunning()) {
      return Optional.of("it was stopped");
    }
    if (server.hasOtherSettings()) {
      return Optional.of("its settings were changed for its next start");
    }
    if (server.pid() != pid) {
      return Optional.of("it was started again");
    }
    return undo();
  }

  abstract Optional<String> undo() throws SQLException;

  /** The rows of a query, each as one text. */
  static List<String> rows(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      int columns = rows.getMetaData().getColumnCount();
      List<String> all = new ArrayList<>();
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          row.add(String.valueOf(rows.getString(i)));
        }
        all.add(String.join(" = ", row));
      }
      return all;
    }
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** What is in one of the lists only; empty if they are the same. */
  static Optional<String> difference(List<String> before, List<String> after) {
    Set<String> gone = new LinkedHashSet<>(before);
    after.forEach(gone::remove);
    Set<String> come = new LinkedHashSet<>(after);
    before.forEach(come::remove);
    return gone.isEmpty() && come.isEmpty()
        ? Optional.empty()
        : Optional.of("it had " + gone + " and has " + come);
  }

  /** A step that may have to be taken several times. */
  interface Step {
    boolean isDone() throws SQLException;
  }

  /** Takes the step until it is done; false if it is not in time. */
  static boolean patiently(Duration patience, Step step) throws SQLException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!step.isDone()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
    return true;
  }
}
