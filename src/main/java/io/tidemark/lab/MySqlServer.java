package io.tidemark.lab;

import io.tidemark.database.ConnectionSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * A real MySQL or MariaDB server of its own on 127.0.0.1, which writes a row-based binlog with
 * GTIDs. {@code tidemark} with the password {@code tidemark} may do everything, and so may {@code
 * root} without a password. Its data lies in a temporary folder that is removed by {@link #close},
 * at the latest when this process ends. Methods may be called from any thread; starting and
 * stopping one server takes turns.
 */
public final class MySqlServer implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration START_TIMEOUT = Duration.ofSeconds(120);

  private final MySqlVendor vendor;
  private final MySqlHost host;
  private final Thread shutdownHook = new Thread(this::closeAtExit, "embedded-mysql-shutdown");
  private final int port;
  private boolean closed;

  /**
   * Starts a server with the default settings.
   *
   * @throws ServerUnavailableException if this machine has no such server and cannot get one
   */
  public MySqlServer(MySqlVendor vendor) {
    this(vendor, Map.of());
  }

  /**
   * Starts a server and returns when it takes connections.
   *
   * @param settings of its option file, named with underscores, over the ones for replication
   * @throws ServerUnavailableException if this machine has no such server and cannot get one
   */
  public MySqlServer(MySqlVendor vendor, Map<String, String> settings) {
    this.vendor = vendor;
    try {
      Map<String, String> all = defaults(vendor);
      all.putAll(settings);
      host = MySqlHost.of(vendor, all);
      Runtime.getRuntime().addShutdownHook(shutdownHook);
      port = startOnFreePort();
      try (Connection root = connect("")) {
        host.prepare(root);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(
          "the embedded " + vendor.product() + " server cannot be prepared", e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the embedded " + vendor.product() + " server does not start", e);
    }
  }

  public MySqlVendor vendor() {
    return vendor;
  }

  /** How to reach one of its databases as the user with a password. */
  public ConnectionSpec spec(String database) {
    return new ConnectionSpec(url(database), MySqlData.USER, MySqlData.PASSWORD);
  }

  public String url(String database) {
    return "jdbc:" + vendor.name().toLowerCase(Locale.ROOT) + "://" + address(database);
  }

  public int port() {
    return port;
  }

  /** The process id of the server. */
  public synchronized long pid() {
    return host.pid();
  }

  /** Opens a connection as {@code root} in auto-commit mode, which the caller closes. */
  public Connection connect(String database) throws SQLException {
    return connect(port, database);
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
    execute("", "CREATE DATABASE `" + name.replace("`", "``") + "`");
  }

  /** Changes settings for the next {@link #restart}; those of a running server are set by SQL. */
  public void configure(Map<String, String> settings) {
    try {
      host.configure(settings);
    } catch (IOException e) {
      throw new UncheckedIOException("the settings cannot be written", e);
    }
  }

  /** Ends all sessions and the server in good order and starts it again on the same port. */
  public synchronized void restart() {
    host.stop();
    startAgain();
  }

  /** Kills the server as a crash would and starts it again on the same data and port. */
  public synchronized void crash() {
    kill();
    startAgain();
  }

  /** Kills the server (SIGKILL) and waits until it is gone. */
  public synchronized void kill() {
    host.kill();
  }

  /** Starts the server after {@link #kill}. */
  public synchronized void startAgain() {
    if (host.isRunning()) {
      throw new IllegalStateException("the server on port " + port + " is running");
    }
    try {
      start(port);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the embedded " + vendor.product() + " server does not start again", e);
    }
  }

  /** Makes this server a replica of {@code source}, from the beginning of its binlog, by GTID. */
  public void replicateFrom(MySqlServer source) throws SQLException {
    switch (vendor) {
      case MYSQL ->
          execute(
              "",
              "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = "
                  + source.port
                  + (", SOURCE_USER = '" + MySqlData.USER + "'")
                  + (", SOURCE_PASSWORD = '" + MySqlData.PASSWORD + "'")
                  + ", SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1",
              "START REPLICA");
      case MARIADB ->
          execute(
              "",
              "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = "
                  + source.port
                  + (", MASTER_USER = '" + MySqlData.USER + "'")
                  + (", MASTER_PASSWORD = '" + MySqlData.PASSWORD + "'")
                  + ", MASTER_USE_GTID = slave_pos",
              "START SLAVE");
    }
  }

  /**
   * Waits until this replica has applied what {@code source} has committed by now.
   *
   * @throws IllegalStateException if it has not after a minute
   */
  public void awaitTransactionsOf(MySqlServer source) throws SQLException {
    String executed;
    String wait;
    switch (vendor) {
      case MYSQL -> {
        executed = "SELECT @@global.gtid_executed";
        wait = "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, 60)";
      }
      case MARIADB -> {
        executed = "SELECT @@global.gtid_binlog_pos";
        wait = "SELECT MASTER_GTID_WAIT(?, 60)";
      }
      default -> throw new IllegalStateException("unknown vendor " + vendor);
    }
    try (Connection there = source.connect("");
        Connection here = connect("");
        ResultSet committed = there.createStatement().executeQuery(executed);
        PreparedStatement waiting = here.prepareStatement(wait)) {
      committed.next();
      waiting.setString(1, committed.getString(1));
      try (ResultSet result = waiting.executeQuery()) {
        if (!result.next() || result.getInt(1) != 0) {
          throw new IllegalStateException(
              "the replica has not applied " + committed.getString(1) + " within a minute");
        }
      }
    }
  }

  /**
   * The command line of one of the server's client programs, such as {@code mysql} or {@code
   * mysqldump}, with how to reach this server as its first arguments; empty if it is not there.
   */
  public Optional<List<String>> client(String program) {
    return host.client(program, port);
  }

  /** Stops the server at once, and deletes its data. */
  @Override
  public void close() {
    closeOnce();
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      // The process is ending already; the hook finds the server closed.
      return;
    }
  }

  private void closeAtExit() {
    closeOnce();
  }

  private synchronized void closeOnce() {
    if (closed) {
      return;
    }
    closed = true;
    // Its data is deleted next, so nothing is worth being written first.
    host.kill();
    try {
      host.delete();
    } catch (IOException e) {
      throw new UncheckedIOException("the server's data cannot be deleted", e);
    }
  }

  private static Map<String, String> defaults(MySqlVendor vendor) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("skip_name_resolve", "ON");
    all.put("default_time_zone", "+00:00");
    all.put("local_infile", "ON");
    all.put("secure_file_priv", "");
    all.put("server_id", String.valueOf(ThreadLocalRandom.current().nextInt(1, 1_000_000_000)));
    all.put("log_bin", "binlog");
    all.put("binlog_format", "ROW");
    all.put("binlog_row_metadata", "FULL");
    all.put("sync_binlog", "1");
    all.put("innodb_flush_log_at_trx_commit", "1");
    all.put("innodb_buffer_pool_size", "128M");
    switch (vendor) {
      case MYSQL -> {
        all.put("mysqlx", "OFF");
        all.put("gtid_mode", "ON");
        all.put("enforce_gtid_consistency", "ON");
        all.put("innodb_redo_log_capacity", "512M");
        // Deprecated, and ROW unless told otherwise.
        all.remove("binlog_format");
      }
      case MARIADB -> {
        all.put("gtid_strict_mode", "ON");
        // As every distribution sets it, and newer versions do.
        all.put("character_set_server", "utf8mb4");
        all.put("log_slave_updates", "ON");
        all.put("innodb_log_file_size", "256M");
      }
    }
    return all;
  }

  /** Another process may take a port between our look at it and the server's. */
  private int startOnFreePort() throws IOException {
    for (int attempt = 1; ; attempt++) {
      int candidate = freePort();
      try {
        start(candidate);
        return candidate;
      } catch (IOException e) {
        if (attempt == 3) {
          throw e;
        }
      }
    }
  }

  private void start(int port) throws IOException {
    host.start(port);
    Instant deadline = Instant.now().plus(START_TIMEOUT);
    while (true) {
      try (Connection connection = connect(port, "")) {
        if (host.isAtTheEndOf(connection)) {
          return;
        }
        host.kill();
        throw new IOException("port " + port + " belongs to another server");
      } catch (SQLException e) {
        if (!host.isRunning() || Instant.now().isAfter(deadline)) {
          String log = host.endOfLog();
          host.kill();
          throw new IOException(
              "no connection to the server: " + e.getMessage() + "; its log ends:\n" + log);
        }
      }
      // It is polled, as there is no event for "takes connections" that could be waited for.
      LockSupport.parkNanos(POLL.toNanos());
      if (Thread.interrupted()) {
        host.kill();
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while a server starts");
      }
    }
  }

  private static Connection connect(int port, String database) throws SQLException {
    // The server's certificate is its own, and this is the same machine.
    return DriverManager.getConnection(
        "jdbc:mysql://127.0.0.1:"
            + port
            + "/"
            + database
            + "?sslMode=DISABLED&allowPublicKeyRetrieval=true&allowLoadLocalInfile=true"
            + "&connectionTimeZone=UTC",
        "root",
        "");
  }

  private String address(String database) {
    return "127.0.0.1:" + port + "/" + database;
  }

  /** A port below the range that outgoing connections take theirs from. */
  private static int freePort() throws IOException {
    for (int attempt = 0; attempt < 200; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
        return port;
      } catch (java.net.BindException e) {
        continue;
      }
    }
    throw new IOException("no free port between 20000 and 32000 was found");
  }
}
