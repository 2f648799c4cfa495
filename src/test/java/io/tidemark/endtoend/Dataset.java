package io.tidemark.endtoend;

import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.PostgresServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A public sample database, loaded with psql or MySQL's own client.
 *
 * @param vendor whose SQL its scripts are in
 * @param scripts relative to the folder with all of them
 */
record Dataset(String name, Vendor vendor, List<String> scripts) {

  private static final Path ROOT = Path.of("..", "shared", "data");

  static final Dataset SAKILA =
      new Dataset(
          "sakila",
          Vendor.POSTGRES,
          List.of("sakila/postgres-sakila-schema.sql", "sakila/postgres-sakila-data.sql"));
  static final Dataset CHINOOK =
      new Dataset("chinook", Vendor.POSTGRES, List.of("chinook/Chinook_PostgreSql.sql"));
  static final Dataset CHINOOK_OF_MYSQL =
      new Dataset("chinook", Vendor.MYSQL, List.of("chinook/Chinook_MySql.sql"));

  /** Why it cannot be loaded here; empty text if it can. */
  String absence() {
    for (String script : scripts) {
      if (!Files.isReadable(root().resolve(script))) {
        return name + " is not there: " + root().resolve(script).toAbsolutePath().normalize();
      }
    }
    if (vendor != Vendor.POSTGRES) {
      return "";
    }
    try {
      return new ProcessBuilder("psql", "--version").start().waitFor() == 0 ? "" : "psql fails";
    } catch (IOException e) {
      return "psql is not on the PATH";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /** Runs its scripts in an empty database. */
  void load(TestServer server, String database) throws IOException, InterruptedException {
    for (String script : scripts) {
      // Chinook's script makes a database of its own, which is not wanted here.
      String sql =
          Files.readString(root().resolve(script), StandardCharsets.UTF_8)
              .replaceAll("(?m)^(DROP DATABASE|CREATE DATABASE|USE|\\\\c ).*$", "");
      Path plain = Files.createTempFile(name, ".sql");
      try {
        Files.writeString(plain, sql);
        if (vendor == Vendor.POSTGRES) {
          psql(server.postgres(), database, plain);
        } else {
          mysql(server.mySql(), database, plain);
        }
      } finally {
        Files.delete(plain);
      }
    }
  }

  /** Errors do not end a script: Sakila's has settings that servers of today do not know. */
  private static void psql(PostgresServer server, String database, Path script)
      throws IOException, InterruptedException {
    Process psql =
        new ProcessBuilder(
                "psql",
                "-X",
                "-q",
                "-h",
                "127.0.0.1",
                "-p",
                String.valueOf(server.port()),
                "-U",
                "postgres",
                "-d",
                database,
                "-f",
                script.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (psql.waitFor() != 0) {
      throw new IOException("psql ended with " + psql.exitValue());
    }
  }

  private static void mysql(MySqlServer server, String database, Path script)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            server
                .client("mysql")
                .orElseThrow(() -> new IOException("the server comes without its client")));
    command.addAll(List.of("--default-character-set=utf8mb4", database));
    Process mysql =
        new ProcessBuilder(command)
            .redirectInput(script.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (mysql.waitFor() != 0) {
      throw new IOException("mysql ended with " + mysql.exitValue());
    }
  }

  private static Path root() {
    return Path.of(System.getProperty("tidemark.data", ROOT.toString()));
  }
}
