package io.tidemark.testing;

import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.ServerUnavailableException;
import java.util.Map;
import org.opentest4j.TestAbortedException;

/** Real MySQL and MariaDB servers for tests, which are skipped where there can be none. */
public final class MySqlServers {

  private MySqlServers() {}

  /** Starts a server, which the test closes. */
  public static MySqlServer start(MySqlVendor vendor) {
    return start(vendor, Map.of());
  }

  /** Starts a server with these settings over the default ones, which the test closes. */
  public static MySqlServer start(MySqlVendor vendor, Map<String, String> settings) {
    try {
      return new MySqlServer(vendor, settings);
    } catch (ServerUnavailableException e) {
      throw new TestAbortedException(e.getMessage(), e);
    }
  }
}
