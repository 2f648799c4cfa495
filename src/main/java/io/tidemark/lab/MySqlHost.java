package io.tidemark.lab;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a MySQL or MariaDB server runs in. */
interface MySqlHost extends ServerHost {

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
      return new LocalMySql(binaries.get(), settings);
    }
    if (ContainerMySql.isPossible(vendor, attempts)) {
      return ContainerMySql.create(vendor, settings);
    }
    throw new ServerUnavailableException(vendor, attempts);
  }

  /** Does what has to be done once the server takes connections for the first time. */
  void prepare(Connection root) throws SQLException;

  /** The command line of a client program that reaches the server as {@code root}. */
  Optional<List<String>> client(String program, int port);

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
