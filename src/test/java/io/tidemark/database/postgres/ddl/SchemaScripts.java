package io.tidemark.database.postgres.ddl;

import io.tidemark.lab.PostgresServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** The SQL scripts that tests load into real servers. */
final class SchemaScripts {

  private SchemaScripts() {}

  static String resource(String name) throws IOException {
    try (InputStream in = SchemaScripts.class.getResourceAsStream("/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Where the well-known sample databases lie, if they are there. */
  static Path shared(String file) {
    return Path.of(System.getProperty("tidemark.shared.data", "../shared/data")).resolve(file);
  }

  static String read(Path file) throws IOException {
    return Files.readString(file);
  }

  /** Runs a whole script as psql would. */
  static void run(PostgresServer server, String database, String script) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                server.url(database) + "?preferQueryMode=simple", "postgres", "");
        Statement statement = connection.createStatement()) {
      statement.execute(script);
    }
  }
}
