package io.tidemark.endtoend;

import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;

/**
 * A real server of any vendor, to which one SQL is spoken. May be used from any thread.
 *
 * @param server what is closed with it
 */
public record TestServer(Server server) implements AutoCloseable {

  /** Whose server it is. */
  public Vendor vendor() {
    if (server instanceof MySqlServer mySql) {
      return mySql.vendor() == MySqlVendor.MYSQL ? Vendor.MYSQL : Vendor.MARIADB;
    }
    return Vendor.POSTGRES;
  }

  /** How the job reaches one of its databases. */
  public ConnectionSpec spec(String database) {
    return server.spec(database);
  }

  public int port() {
    return server.port();
  }

  /** The schema that unqualified names of tables are in. */
  public String schema(String database) {
    return vendor() == Vendor.POSTGRES ? "public" : database;
  }

  /**
   * Opens a connection of the server's owner in auto-commit mode, which the caller closes. Names
   * are quoted and texts joined as the standard has it, at every vendor's.
   */
  public Connection connect(String database) throws SQLException {
    Connection connection = server.connect(database);
    if (vendor() == Vendor.POSTGRES) {
      return connection;
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES,PIPES_AS_CONCAT'), "
              + (vendor() == Vendor.MYSQL ? "cte_max_recursion_depth" : "max_recursive_iterations")
              + " = 10000000");
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** Executes statements one by one, each in a transaction of its own. */
  public void execute(String database, String... statements) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  public void createDatabase(String name) throws SQLException {
    server.createDatabase(name);
  }

  /** Kills the server (SIGKILL) and waits until it is gone. */
  public void kill() {
    server.kill();
  }

  /** Starts the server after {@link #kill}, on the same data and port. */
  public void startAgain() {
    server.startAgain();
  }

  /** Ends all sessions and the server in good order and starts it again on the same port. */
  public void restart() {
    server.restart();
  }

  /**
   * For what only PostgreSQL has.
   *
   * @throws IllegalStateException if it is another vendor's
   */
  public PostgresServer postgres() {
    if (server instanceof PostgresServer postgres) {
      return postgres;
    }
    throw new IllegalStateException("this is a server of " + vendor());
  }

  /**
   * For what only MySQL and MariaDB have.
   *
   * @throws IllegalStateException if it is another vendor's
   */
  public MySqlServer mySql() {
    if (server instanceof MySqlServer mySql) {
      return mySql;
    }
    throw new IllegalStateException("this is a server of " + vendor());
  }

  @Override
  public void close() {
    server.close();
  }

  /** Opens a connection as the job would, in auto-commit mode. */
  static Connection open(ConnectionSpec spec) throws SQLException {
    return DriverManager.getConnection(
        spec.url().replaceFirst("^jdbc:mariadb:", "jdbc:mysql:"), spec.user(), spec.password());
  }

  /**
   * Whether a statement failed because of what another session did, or because a key is taken: then
   * its transaction has not happened and may be tried again.
   */
  static boolean isConflict(SQLException error) {
    // MySQL: lock wait, deadlock, a key that is taken; MariaDB: changed since it was read; foreign
    // keys.
    return Set.of("40001", "40P01", "23505", "23503", "23P01").contains(error.getSQLState())
        || Set.of(1205, 1213, 1062, 1020, 1451, 1452).contains(error.getErrorCode());
  }
}
