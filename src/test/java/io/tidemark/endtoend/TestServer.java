package io.tidemark.endtoend;

import io.tidemark.database.ConnectionSpec;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;

/** A real server of any vendor. May be used from any thread. */
public sealed interface TestServer extends AutoCloseable {

  Vendor vendor();

  /** How the job reaches one of its databases. */
  ConnectionSpec spec(String database);

  int port();

  /** The schema that unqualified names of tables are in. */
  String schema(String database);

  /**
   * Opens a connection of the server's owner in auto-commit mode, which the caller closes. Names
   * are quoted and texts joined as the standard has it, at every vendor's.
   */
  Connection connect(String database) throws SQLException;

  /** Executes statements one by one, each in a transaction of its own. */
  void execute(String database, String... statements) throws SQLException;

  void createDatabase(String name) throws SQLException;

  /** Kills the server (SIGKILL) and waits until it is gone. */
  void kill();

  /** Starts the server after {@link #kill}, on the same data and port. */
  void startAgain();

  /**
   * For what only PostgreSQL has.
   *
   * @throws IllegalStateException if it is another vendor's
   */
  PostgresServer postgres();

  /**
   * For what only MySQL and MariaDB have.
   *
   * @throws IllegalStateException if it is another vendor's
   */
  MySqlServer mySql();

  @Override
  void close();

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

  record OfPostgres(PostgresServer postgres) implements TestServer {

    @Override
    public Vendor vendor() {
      return Vendor.POSTGRES;
    }

    @Override
    public ConnectionSpec spec(String database) {
      return postgres.spec(database);
    }

    @Override
    public int port() {
      return postgres.port();
    }

    @Override
    public String schema(String database) {
      return "public";
    }

    @Override
    public Connection connect(String database) throws SQLException {
      return postgres.connect(database);
    }

    @Override
    public void execute(String database, String... statements) throws SQLException {
      postgres.execute(database, statements);
    }

    @Override
    public void createDatabase(String name) throws SQLException {
      postgres.createDatabase(name);
    }

    @Override
    public void kill() {
      postgres.kill();
    }

    @Override
    public void startAgain() {
      postgres.startAgain();
    }

    @Override
    public MySqlServer mySql() {
      throw new IllegalStateException("this is a PostgreSQL server");
    }

    @Override
    public void close() {
      postgres.close();
    }
  }

  record OfMySql(MySqlServer mySql) implements TestServer {

    @Override
    public Vendor vendor() {
      return mySql.vendor() == MySqlVendor.MYSQL ? Vendor.MYSQL : Vendor.MARIADB;
    }

    @Override
    public ConnectionSpec spec(String database) {
      return mySql.spec(database);
    }

    @Override
    public int port() {
      return mySql.port();
    }

    @Override
    public String schema(String database) {
      return database;
    }

    @Override
    public Connection connect(String database) throws SQLException {
      Connection connection = mySql.connect(database);
      try (Statement statement = connection.createStatement()) {
        statement.execute(
            "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES,PIPES_AS_CONCAT'), "
                + (mySql.vendor() == MySqlVendor.MYSQL
                    ? "cte_max_recursion_depth"
                    : "max_recursive_iterations")
                + " = 10000000");
        return connection;
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
    }

    @Override
    public void execute(String database, String... statements) throws SQLException {
      try (Connection connection = connect(database);
          Statement statement = connection.createStatement()) {
        for (String sql : statements) {
          statement.execute(sql);
        }
      }
    }

    @Override
    public void createDatabase(String name) throws SQLException {
      mySql.createDatabase(name);
    }

    @Override
    public void kill() {
      mySql.kill();
    }

    @Override
    public void startAgain() {
      mySql.startAgain();
    }

    @Override
    public PostgresServer postgres() {
      throw new IllegalStateException("this is a " + mySql.vendor().product() + " server");
    }

    @Override
    public void close() {
      mySql.close();
    }
  }
}
