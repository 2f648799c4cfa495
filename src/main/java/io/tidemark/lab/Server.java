package io.tidemark.lab;

import io.tidemark.settings.ConnectionSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A real database server of its own on 127.0.0.1. Its data lies in a temporary folder that is
 * removed by {@link #close}, at the latest when this process ends. Methods may be called from any
 * thread; starting and stopping one server takes turns.
 */
public abstract sealed class Server implements AutoCloseable permits PostgresServer, MySqlServer {

  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration START_TIMEOUT = Duration.ofSeconds(120);

  private final String product;
  private final ServerHost host;
  private final Thread shutdownHook = new Thread(this::closeOnce, "lab-server-shutdown");
  private int port;
  private @Nullable PortLease lease;
  private boolean settingsWritten;
  private boolean closed;

  /**
   * A server that {@link #startOnFreePort} starts.
   *
   * @param product its name for people
   */
  Server(String product, ServerHost host) {
    this.product = product;
    this.host = host;
  }

  /** How to reach one of its databases. */
  public abstract ConnectionSpec spec(String database);

  /** The URL of one of its databases, as in a job file. */
  public abstract String url(String database);

  /** Creates an empty database. */
  public abstract void createDatabase(String name) throws SQLException;

  /** Opens a connection of the server's owner to what listens on {@code port}. */
  abstract Connection connect(int port, String database) throws SQLException;

  /** The database that is always there. */
  abstract String ownDatabase();

  /** The TCP port at which it listens; stays the same when it is started again. */
  public final int port() {
    return port;
  }

  /** The process id of the server. */
  public final synchronized long pid() {
    return host.pid();
  }

  /** Whether its process is alive. */
  public final synchronized boolean isRunning() {
    return !closed && host.isRunning();
  }

  /**
   * Opens a connection of the server's owner in auto-commit mode, which the caller closes.
   *
   * @param database its name
   */
  public final Connection connect(String database) throws SQLException {
    return connect(port, database);
  }

  /** Executes statements one by one, each in a transaction of its own. */
  public final void execute(String database, String... statements) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Ends all sessions and the server in good order and starts it again on the same port. */
  public final synchronized void restart() {
    host.stop();
    startAgain();
  }

  /** Kills the server as a crash would and starts it again on the same data and port. */
  public final synchronized void crash() {
    kill();
    startAgain();
  }

  /** Kills the server (SIGKILL) and waits until all of it is gone. */
  public final synchronized void kill() {
    host.kill();
  }

  /** Starts the server after {@link #kill}. */
  public final synchronized void startAgain() {
    if (host.isRunning()) {
      throw new IllegalStateException("the server on port " + port + " is running");
    }
    try {
      start(port);
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded " + product + " server does not start again", e);
    }
  }

  /** Stops the server at once, and deletes its data. */
  @Override
  public final void close() {
    closeOnce();
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      // The process is ending already; the hook finds the server closed.
      return;
    }
  }

  private synchronized void closeOnce() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      host.discard();
    } catch (IOException e) {
      throw new UncheckedIOException("the server's data cannot be deleted", e);
    } finally {
      if (lease != null) {
        lease.close();
      }
    }
  }

  /** Changes settings for the next start. */
  final void writeSettings(Map<String, String> settings) {
    settingsWritten = true;
    try {
      host.configure(settings);
    } catch (IOException e) {
      throw new UncheckedIOException("the settings cannot be written", e);
    }
  }

  /** Whether the files of its settings are not what it came with. */
  final boolean hasOtherSettings() {
    return settingsWritten;
  }

  /** Starts the server for the first time and returns when it takes connections. */
  final void startOnFreePort() {
    Runtime.getRuntime().addShutdownHook(shutdownHook);
    // Another process may take a port between our look at it and the server's.
    for (int attempt = 1; ; attempt++) {
      PortLease candidate = null;
      try {
        candidate = PortLease.take();
        start(candidate.port());
        port = candidate.port();
        lease = candidate;
        return;
      } catch (IOException e) {
        if (candidate != null) {
          candidate.close();
        }
        if (attempt == 3) {
          close();
          throw new UncheckedIOException("the embedded " + product + " server does not start", e);
        }
      }
    }
  }

  private synchronized void start(int port) throws IOException {
    host.start(port);
    Instant deadline = Instant.now().plus(START_TIMEOUT);
    while (true) {
      try (Connection connection = connect(port, ownDatabase())) {
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
}
