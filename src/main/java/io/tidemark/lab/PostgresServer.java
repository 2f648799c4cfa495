package io.tidemark.lab;

import io.tidemark.database.ConnectionSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL server of its own on 127.0.0.1, ready for logical replication. Its user is
 * {@code postgres}, without a password. Its data lies in a temporary folder that is removed by
 * {@link #close}, at the latest when this process ends. Methods may be called from any thread;
 * starting and stopping one server takes turns.
 */
public final class PostgresServer implements AutoCloseable {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final String USER = "postgres";

  private final PostgresBinaries binaries;
  private final Path folder;
  private final Thread shutdownHook = new Thread(this::closeAtExit, "embedded-server-shutdown");
  private final int port;
  private @Nullable Process postmaster;
  private boolean closed;

  /** Starts a server with the default settings. */
  public PostgresServer() {
    this(Map.of());
  }

  /**
   * Starts a server and returns when it takes connections.
   *
   * @param settings of {@code postgresql.conf}, over the ones for logical replication
   */
  public PostgresServer(Map<String, String> settings) {
    this(settings, PostgresBinaries.unpack());
  }

  /**
   * Starts a server of another version.
   *
   * @param artifact the jar with its programs
   */
  public static PostgresServer ofVersion(Path artifact, Map<String, String> settings) {
    return new PostgresServer(settings, PostgresBinaries.unpack(artifact));
  }

  private PostgresServer(Map<String, String> settings, PostgresBinaries binaries) {
    this.binaries = binaries;
    try {
      folder = Files.createTempDirectory("tidemark-server-");
      Runtime.getRuntime().addShutdownHook(shutdownHook);
      initialize(settings);
      port = startOnFreePort();
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded PostgreSQL server does not start", e);
    }
  }

  /** How to reach one of its databases. */
  public ConnectionSpec spec(String database) {
    return new ConnectionSpec(url(database), USER, "");
  }

  public String url(String database) {
    return url(port, database);
  }

  public int port() {
    return port;
  }

  /** The process id of the postmaster. */
  public synchronized long pid() {
    return running().pid();
  }

  private Process running() {
    return Objects.requireNonNull(postmaster, "the server was not started");
  }

  /** The postmaster and all that it has started. */
  private List<ProcessHandle> processes() {
    return Stream.concat(Stream.of(running().toHandle()), running().descendants()).toList();
  }

  /** Opens a connection in auto-commit mode, which the caller closes. */
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
    execute(USER, "CREATE DATABASE \"" + name.replace("\"", "\"\"") + "\"");
  }

  /** Changes settings for good; those that a reload cannot change need {@link #restart}. */
  public void configure(Map<String, String> settings) throws SQLException {
    try {
      append(settings);
    } catch (IOException e) {
      throw new UncheckedIOException("the settings cannot be written", e);
    }
    reload();
  }

  public void reload() throws SQLException {
    execute(USER, "SELECT pg_catalog.pg_reload_conf()");
  }

  /** Ends all sessions and the server in good order and starts it again on the same port. */
  public synchronized void restart() {
    stop("INT");
    startAgain();
  }

  /** Kills the server as a crash would and starts it again on the same data and port. */
  public synchronized void crash() {
    killPostmaster();
    startAgain();
  }

  /**
   * Kills the postmaster (SIGKILL) and waits until its other processes, which notice it, are gone.
   */
  public synchronized void killPostmaster() {
    List<ProcessHandle> processes = processes();
    running().destroyForcibly();
    awaitExit(processes);
  }

  /** Starts the server after {@link #killPostmaster}. */
  public synchronized void startAgain() {
    if (running().isAlive()) {
      throw new IllegalStateException("the server on port " + port + " is running");
    }
    try {
      postmaster = start(port);
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded PostgreSQL server does not start again", e);
    }
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
    if (postmaster != null && postmaster.isAlive()) {
      stop("QUIT");
    }
    try {
      DirectoryTree.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("the data folder cannot be deleted: " + folder, e);
    }
  }

  private void initialize(Map<String, String> settings) throws IOException {
    Path log = folder.resolve("initdb.log");
    Process initdb =
        process(
            log,
            binaries.command(
                "initdb",
                "--pgdata=" + data(),
                "--username=" + USER,
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--no-instructions"));
    try {
      if (!initdb.waitFor(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS) || initdb.exitValue() != 0) {
        throw new IOException("initdb failed: " + Files.readString(log));
      }
    } catch (InterruptedException e) {
      initdb.destroyForcibly();
      throw interrupted(e);
    }
    Map<String, String> all = new LinkedHashMap<>();
    all.put("listen_addresses", "127.0.0.1");
    all.put("unix_socket_directories", "");
    all.put("wal_level", "logical");
    all.put("max_replication_slots", "20");
    all.put("max_wal_senders", "20");
    all.put("max_connections", "100");
    all.put("shared_buffers", "128MB");
    all.put("timezone", "UTC");
    all.putAll(settings);
    append(all);
  }

  private void append(Map<String, String> settings) throws IOException {
    StringBuilder lines = new StringBuilder();
    settings.forEach(
        (name, value) ->
            lines
                .append(name)
                .append(" = '")
                .append(value.replace("\\", "\\\\").replace("'", "''"))
                .append("'\n"));
    Files.writeString(data().resolve("postgresql.conf"), lines, StandardOpenOption.APPEND);
  }

  /** Another process may take a port between our look at it and the server's. */
  private int startOnFreePort() throws IOException {
    for (int attempt = 1; ; attempt++) {
      int candidate = freePort();
      try {
        postmaster = start(candidate);
        return candidate;
      } catch (IOException e) {
        if (attempt == 5) {
          throw e;
        }
      }
    }
  }

  private Process start(int port) throws IOException {
    Path log = folder.resolve("server.log");
    Process process =
        process(
            log, binaries.command("postgres", "-D", data().toString(), "-p", String.valueOf(port)));
    Instant deadline = Instant.now().plus(START_TIMEOUT);
    while (true) {
      try (Connection connection = connect(port, USER)) {
        if (isOurs(connection)) {
          return process;
        }
        process.destroyForcibly();
        throw new IOException("port " + port + " belongs to another server");
      } catch (SQLException e) {
        if (!process.isAlive() || Instant.now().isAfter(deadline)) {
          process.destroyForcibly();
          throw new IOException(
              "no connection to the server: " + e.getMessage() + "; its log ends:\n" + tail(log));
        }
      }
      try {
        // It is polled, as there is no event for "takes connections" that could be waited for.
        process.waitFor(20, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        process.destroyForcibly();
        throw interrupted(e);
      }
    }
  }

  private boolean isOurs(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW data_directory")) {
      return row.next() && row.getString(1).equals(data().toString());
    }
  }

  private static Connection connect(int port, String database) throws SQLException {
    return DriverManager.getConnection(url(port, database), USER, "");
  }

  private static String url(int port, String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  private void stop(String signal) {
    List<ProcessHandle> processes = processes();
    try {
      new ProcessBuilder("kill", "-" + signal, String.valueOf(running().pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException("the server cannot be told to stop", e);
    } catch (InterruptedException e) {
      running().destroyForcibly();
      throw interrupted(e);
    }
    awaitExit(processes);
  }

  private void awaitExit(List<ProcessHandle> processes) {
    try {
      CompletableFuture.allOf(
              processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
          .get(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      // Only the processes of this server, which does not stop otherwise.
      processes.forEach(ProcessHandle::destroyForcibly);
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for the server's end failed", e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private Path data() {
    return folder.resolve("data");
  }

  private static Process process(Path log, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("LC_ALL", "C");
    return builder.start();
  }

  private static String tail(Path log) throws IOException {
    String text = Files.readString(log, StandardCharsets.UTF_8);
    return text.substring(Math.max(0, text.length() - 2000));
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

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while a server starts or stops", e);
  }
}
