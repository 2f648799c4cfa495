package io.tidemark.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A server as a process of this machine, with all that it writes in one temporary folder. */
final class LocalMySql implements MySqlHost {

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);

  private final MySqlBinaries binaries;
  private final Path folder;
  private Optional<Process> server = Optional.empty();

  private LocalMySql(MySqlBinaries binaries, Path folder) {
    this.binaries = binaries;
    this.folder = folder;
  }

  static LocalMySql create(MySqlBinaries binaries, Map<String, String> settings)
      throws IOException {
    LocalMySql created = new LocalMySql(binaries, Files.createTempDirectory("tidemark-server-"));
    try {
      created.initialize(settings);
      return created;
    } catch (IOException e) {
      created.delete();
      throw e;
    }
  }

  private void initialize(Map<String, String> settings) throws IOException {
    MySqlData.createIn(data(), binaries);
    Map<String, String> places = new LinkedHashMap<>();
    places.put("datadir", data().toString());
    places.put("tmpdir", Files.createDirectory(folder.resolve("tmp")).toString());
    places.put("pid_file", folder.resolve("pid").toString());
    places.put("bind_address", "127.0.0.1");
    // No socket: its path might be too long for one.
    places.put("socket", "");
    Files.writeString(options(), "[mysqld]\n" + MySqlHost.lines(places));
    configure(settings);
  }

  @Override
  public void start(int port) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(binaries.serverCommand(options(), List.of("--port=" + port)));
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    builder.environment().put("LC_ALL", "C");
    server = Optional.of(builder.start());
  }

  @Override
  public boolean isRunning() {
    return server.map(Process::isAlive).orElse(false);
  }

  @Override
  public long pid() {
    return server.orElseThrow().pid();
  }

  @Override
  public void stop() {
    server.ifPresent(Process::destroy);
    awaitExit();
  }

  @Override
  public void kill() {
    server.ifPresent(Process::destroyForcibly);
    awaitExit();
  }

  private void awaitExit() {
    if (server.isEmpty()) {
      return;
    }
    Process process = server.get();
    try {
      if (!process.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
        // Only this server, which does not stop otherwise.
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a server stops", e);
    }
  }

  @Override
  public boolean isAtTheEndOf(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT @@datadir")) {
      return row.next() && Path.of(row.getString(1)).equals(data());
    }
  }

  @Override
  public void prepare(Connection root) {
    // The data folder has come with its users.
  }

  @Override
  public void configure(Map<String, String> settings) throws IOException {
    Files.writeString(options(), MySqlHost.lines(settings), StandardOpenOption.APPEND);
  }

  @Override
  public String endOfLog() throws IOException {
    String text = Files.readString(log(), StandardCharsets.UTF_8);
    return text.substring(Math.max(0, text.length() - 2000));
  }

  @Override
  public Optional<List<String>> client(String program, int port) {
    return binaries.command(
        program,
        "--no-defaults",
        "--protocol=TCP",
        "--host=127.0.0.1",
        "--port=" + port,
        "--user=root");
  }

  @Override
  public void delete() throws IOException {
    DirectoryTree.delete(folder);
  }

  private Path data() {
    return folder.resolve("data");
  }

  private Path options() {
    return folder.resolve("my.cnf");
  }

  private Path log() {
    return folder.resolve("server.log");
  }
}
