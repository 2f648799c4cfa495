package io.tidemark.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;

/** A PostgreSQL server as a process of this machine. */
final class LocalPostgres extends ServerProcess {

  private final PostgresBinaries binaries;

  LocalPostgres(PostgresBinaries binaries, Map<String, String> settings) throws IOException {
    this.binaries = binaries;
    try {
      initialize(settings);
    } catch (IOException | RuntimeException e) {
      discard();
      throw e;
    }
  }

  private void initialize(Map<String, String> settings) throws IOException {
    Command.run(
        binaries.command(
            "initdb",
            "--pgdata=" + data(),
            "--username=" + PostgresServer.USER,
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions"),
        Path.of("/dev/null"));
    configure(settings);
  }

  @Override
  List<String> command(int port) throws IOException {
    return binaries.command("postgres", "-D", data().toString(), "-p", String.valueOf(port));
  }

  @Override
  public void stop() {
    end("INT");
  }

  @Override
  public boolean isAtTheEndOf(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW data_directory")) {
      return row.next() && row.getString(1).equals(data().toString());
    }
  }

  @Override
  public void configure(Map<String, String> settings) throws IOException {
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

  @Override
  public void discard() throws IOException {
    // Unlike SIGKILL, its other processes are told, and need not notice.
    end("QUIT");
    super.discard();
  }
}
