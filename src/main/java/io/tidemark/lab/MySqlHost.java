package io.tidemark.lab;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a MySQL or MariaDB server runs in: a process of this machine, or a container. Is used by one
 * thread at a time.
 */
interface MySqlHost {

  /**
   * A place for a server with these settings, which is not started: with the programs of this
   * machine, or those of Debian's packages, or else in a container.
   *
   * @throws ServerUnavailableException if none of them can be had
   */
  static MySqlHost of(MySqlVendor vendor, Map<String, String> settings) throws IOException {
    List<String> attempts = new ArrayList<>();
    Optional<MySqlBinaries> binaries = MySqlBinaries.find(vendor, attempts);
    if (binaries.isPresent()) {
      return LocalMySql.create(binaries.get(), settings);
    }
    if (ContainerMySql.isPossible(vendor, attempts)) {
      return ContainerMySql.create(vendor, settings);
    }
    throw new ServerUnavailableException(vendor, attempts);
  }

  /** Starts the server's process, which then takes a while until it takes connections. */
  void start(int port) throws IOException;

  boolean isRunning();

  /** The process id of the server that runs. */
  long pid();

  /** Ends the server in good order, and waits for its end. */
  void stop();

  /** Ends the server as a crash would, and waits for its end. */
  void kill();

  /** Whether {@code connection} leads to this server. */
  boolean isAtTheEndOf(Connection connection) throws SQLException;

  /** Does what has to be done once the server takes connections for the first time. */
  void prepare(Connection root) throws SQLException;

  /** Changes settings for the next start. */
  void configure(Map<String, String> settings) throws IOException;

  /** What the server said last. */
  String endOfLog() throws IOException;

  /** The command line of a client program that reaches the server as {@code root}. */
  Optional<List<String>> client(String program, int port);

  /** Deletes the data of a server that does not run. */
  void delete() throws IOException;

  /** Lines of an option file. */
  static String lines(Map<String, String> settings) {
    StringBuilder lines = new StringBuilder();
    settings.forEach(
        (name, value) ->
            lines
                .append(name)
                .append(" = \"")
                .append(value.replace("\\", "\\\\").replace("\"", "\\\""))
                .append("\"\n"));
    return lines.toString();
  }
}
