package io.tidemark.lab;

import io.tidemark.settings.ConnectionSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A MySQL or MariaDB server, which writes a row-based binlog with GTIDs. {@code tidemark} with the
 * password {@code tidemark} may do everything, and so may {@code root} without a password.
 */
public final class MySqlServer extends Server {

  private final MySqlVendor vendor;
  private final MySqlHost host;

  /**
   * Starts a server and returns when it takes connections.
   *
   * @param settings of its option file, named with underscores, over the ones for replication
   * @throws ServerUnavailableException if this machine has no such server and cannot get one
   */
  public MySqlServer(MySqlVendor vendor, Map<String, String> settings) {
    this(vendor, host(vendor, settings));
  }

  private MySqlServer(MySqlVendor vendor, MySqlHost host) {
    super(vendor.product(), host);
    this.vendor = vendor;
    this.host = host;
    startOnFreePort();
    try (Connection root = connect("")) {
      host.prepare(root);
    } catch (SQLException e) {
      close();
      throw new IllegalStateException(
          "the embedded " + vendor.product() + " server cannot be prepared", e);
    }
  }

  private static MySqlHost host(MySqlVendor vendor, Map<String, String> settings) {
    Map<String, String> all = defaults(vendor);
    all.putAll(settings);
    try {
      return MySqlHost.of(vendor, all);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "an embedded " + vendor.product() + " server cannot be prepared", e);
    }
  }

  /** Which of the two servers it is. */
  public MySqlVendor vendor() {
    return vendor;
  }

  /** How to reach one of its databases as the user with a password. */
  @Override
  public ConnectionSpec spec(String database) {
    return new ConnectionSpec(url(database), MySqlData.USER, MySqlData.PASSWORD);
  }

  @Override
  public String url(String database) {
    return "jdbc:" + vendor.name().toLowerCase(Locale.ROOT) + "://" + address(port(), database);
  }

  @Override
  public void createDatabase(String name) throws SQLException {
    execute("", "CREATE DATABASE `" + name.replace("`", "``") + "`");
  }

  /** Changes settings for the next {@link #restart}; those of a running server are set by SQL. */
  public void configure(Map<String, String> settings) {
    writeSettings(settings);
  }

  /** Makes this server a replica of {@code source}, from the beginning of its binlog, by GTID. */
  public void replicateFrom(MySqlServer source) throws SQLException {
    boolean mariaDb = vendor == MySqlVendor.MARIADB;
    String primary = mariaDb ? "MASTER" : "SOURCE";
    execute(
        "",
        "CHANGE "
            + (mariaDb ? primary : "REPLICATION " + primary)
            + (" TO %1$s_HOST = '127.0.0.1', %1$s_PORT = %2$d, %1$s_USER = '%3$s',"
                    + " %1$s_PASSWORD = '%4$s', ")
                .formatted(primary, source.port(), MySqlData.USER, MySqlData.PASSWORD)
            + (mariaDb
                ? "MASTER_USE_GTID = slave_pos"
                : "SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1"),
        mariaDb ? "START SLAVE" : "START REPLICA");
  }

  /**
   * Waits until this replica has applied what {@code source} has committed by now.
   *
   * @throws IllegalStateException if it has not after a minute
   */
  public void awaitTransactionsOf(MySqlServer source) throws SQLException {
    boolean mariaDb = vendor == MySqlVendor.MARIADB;
    String executed = "SELECT @@global." + (mariaDb ? "gtid_binlog_pos" : "gtid_executed");
    String wait =
        "SELECT " + (mariaDb ? "MASTER_GTID_WAIT" : "WAIT_FOR_EXECUTED_GTID_SET") + "(?, 60)";
    try (Connection there = source.connect("");
        Connection here = connect("");
        ResultSet committed = there.createStatement().executeQuery(executed);
        PreparedStatement waiting = here.prepareStatement(wait)) {
      committed.next();
      waiting.setString(1, committed.getString(1));
      try (ResultSet result = waiting.executeQuery()) {
        if (!result.next() || result.getInt(1) != 0) {
          throw new IllegalStateException(
              "the replica has not applied " + committed.getString(1) + " within a minute");
        }
      }
    }
  }

  /**
   * The command line of one of the server's client programs, such as {@code mysql} or {@code
   * mysqldump}, with how to reach this server as its first arguments; empty if it is not there.
   */
  public Optional<List<String>> client(String program) {
    return host.client(program, port());
  }

  private static Map<String, String> defaults(MySqlVendor vendor) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("skip_name_resolve", "ON");
    all.put("default_time_zone", "+00:00");
    all.put("local_infile", "ON");
    all.put("secure_file_priv", "");
    all.put("server_id", String.valueOf(ThreadLocalRandom.current().nextInt(1, 1_000_000_000)));
    all.put("log_bin", "binlog");
    all.put("binlog_format", "ROW");
    all.put("binlog_row_metadata", "FULL");
    all.put("sync_binlog", "1");
    all.put("innodb_flush_log_at_trx_commit", "1");
    all.put("innodb_buffer_pool_size", "128M");
    switch (vendor) {
      case MYSQL -> {
        all.put("mysqlx", "OFF");
        all.put("gtid_mode", "ON");
        all.put("enforce_gtid_consistency", "ON");
        all.put("innodb_redo_log_capacity", "512M");
        // Deprecated, and ROW unless told otherwise.
        all.remove("binlog_format");
      }
      case MARIADB -> {
        all.put("gtid_strict_mode", "ON");
        // As every distribution sets it, and newer versions do.
        all.put("character_set_server", "utf8mb4");
        all.put("log_slave_updates", "ON");
        all.put("innodb_log_file_size", "256M");
      }
    }
    return all;
  }

  @Override
  Connection connect(int port, String database) throws SQLException {
    // The server's certificate is its own, and this is the same machine.
    return DriverManager.getConnection(
        "jdbc:mysql://"
            + address(port, database)
            + "?sslMode=DISABLED&allowPublicKeyRetrieval=true&allowLoadLocalInfile=true"
            + "&connectionTimeZone=UTC",
        "root",
        "");
  }

  @Override
  String ownDatabase() {
    return "";
  }

  private static String address(int port, String database) {
    return "127.0.0.1:" + port + "/" + database;
  }
}
