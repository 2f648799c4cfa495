package io.tidemark.lab;

import io.tidemark.settings.ConnectionSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A PostgreSQL server, ready for logical replication. Its user is {@code postgres}, without a
 * password.
 */
public final class PostgresServer extends Server {

  static final String USER = "postgres";

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
    super("PostgreSQL", host(binaries, settings));
    startOnFreePort();
  }

  private static LocalPostgres host(PostgresBinaries binaries, Map<String, String> settings) {
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
    try {
      return new LocalPostgres(binaries, all);
    } catch (IOException e) {
      throw new UncheckedIOException("an embedded PostgreSQL server cannot be prepared", e);
    }
  }

  @Override
  public ConnectionSpec spec(String database) {
    return new ConnectionSpec(url(database), USER, "");
  }

  @Override
  public String url(String database) {
    return url(port(), database);
  }

  @Override
  public void createDatabase(String name) throws SQLException {
    execute(USER, "CREATE DATABASE \"" + name.replace("\"", "\"\"") + "\"");
  }

  /** Changes settings for good; those that a reload cannot change need {@link #restart}. */
  public void configure(Map<String, String> settings) throws SQLException {
    writeSettings(settings);
    reload();
  }

  /** Makes the server read its settings again, which it does soon afterwards. */
  public void reload() throws SQLException {
    execute(USER, "SELECT pg_catalog.pg_reload_conf()");
  }

  @Override
  Connection connect(int port, String database) throws SQLException {
    return DriverManager.getConnection(url(port, database), USER, "");
  }

  @Override
  String ownDatabase() {
    return USER;
  }

  private static String url(int port, String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }
}
