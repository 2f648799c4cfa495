package io.tidemark.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A MySQL or MariaDB server as a process of this machine. */
final class LocalMySql extends ServerProcess implements MySqlHost {

  private final MySqlBinaries binaries;

  LocalMySql(MySqlBinaries binaries, Map<String, String> settings) throws IOException {
    this.binaries = binaries;
    try {
      initialize(settings);
    } catch (IOException | RuntimeException e) {
      discard();
      throw e;
    }
  }

  private void initialize(Map<String, String> settings) throws IOException {
    MySqlData.createIn(data(), binaries);
    Map<String, String> places = new LinkedHashMap<>();
    places.put("datadir", data().toString());
    places.put("tmpdir", Files.createDirectory(folder().resolve("tmp")).toString());
    places.put("pid_file", folder().resolve("pid").toString());
    places.put("bind_address", "127.0.0.1");
    // No socket: its path might be too long for one.
    places.put("socket", "");
    Files.writeString(options(), "[mysqld]\n" + MySqlHost.lines(places));
    configure(settings);
  }

  @Override
  List<String> command(int port) throws IOException {
    return binaries.serverCommand(options(), List.of("--port=" + port));
  }

  @Override
  public void stop() {
    end("TERM");
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
  public Optional<List<String>> client(String program, int port) {
    return binaries.command(
        program,
        "--no-defaults",
        "--protocol=TCP",
        "--host=127.0.0.1",
        "--port=" + port,
        "--user=root");
  }

  private Path options() {
    return folder().resolve("my.cnf");
  }
}
