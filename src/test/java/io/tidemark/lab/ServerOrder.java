package io.tidemark.lab;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.opentest4j.TestAbortedException;

/**
 * Which server a test asks for. Whoever asks for the same may get the server that another test had.
 *
 * @param vendor of a server that speaks MySQL's protocol, none of a PostgreSQL server
 * @param settings over the lab's own
 */
public record ServerOrder(Optional<MySqlVendor> vendor, Map<String, String> settings) {

  /** Crashes of the servers' machine are not what is tested, so nothing is synced. */
  private static final Map<String, String> POSTGRES = Map.of("fsync", "off", "max_wal_size", "4GB");

  private static final Map<String, String> MYSQL =
      Map.of(
          "sync_binlog",
          "0",
          "innodb_flush_log_at_trx_commit",
          "2",
          // The names of sessions, by which a test finds those that a job left behind.
          "performance_schema",
          "ON",
          "max_allowed_packet",
          "128M");

  public ServerOrder {
    settings = Map.copyOf(settings);
  }

  /**
   * A PostgreSQL server.
   *
   * @param settings over those of every test, each as {@code name=value}
   */
  public static ServerOrder postgres(String... settings) {
    return new ServerOrder(Optional.empty(), over(POSTGRES, settings));
  }

  /**
   * A MySQL or MariaDB server.
   *
   * @param settings over those of every test, each as {@code name=value}
   */
  public static ServerOrder mySql(MySqlVendor vendor, String... settings) {
    return new ServerOrder(Optional.of(vendor), over(MYSQL, settings));
  }

  private static Map<String, String> over(Map<String, String> all, String... settings) {
    Map<String, String> result = new TreeMap<>(all);
    Arrays.stream(settings)
        .map(setting -> setting.split("=", 2))
        .forEach(setting -> result.put(setting[0], setting[1]));
    return result;
  }

  /** Starts such a server, which the test closes; without one on this machine it is skipped. */
  public Server start() {
    try {
      return vendor.isPresent()
          ? new MySqlServer(vendor.get(), settings)
          : new PostgresServer(settings);
    } catch (ServerUnavailableException e) {
      throw new TestAbortedException(e.getMessage(), e);
    }
  }
}
