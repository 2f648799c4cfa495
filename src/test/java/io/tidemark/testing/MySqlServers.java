package io.tidemark.testing;

import io.tidemark.cli.demo.EmbeddedMySql;
import io.tidemark.cli.demo.Flavour;
import io.tidemark.cli.demo.ServerUnavailableException;
import java.util.Map;
import org.opentest4j.TestAbortedException;

/** Real MySQL and MariaDB servers for tests, which are skipped where there can be none. */
public final class MySqlServers {

  private MySqlServers() {}

  /** Starts a server, which the test closes. */
  public static EmbeddedMySql start(Flavour flavour) {
    return start(flavour, Map.of());
  }

  /** Starts a server with these settings over the default ones, which the test closes. */
  public static EmbeddedMySql start(Flavour flavour, Map<String, String> settings) {
    try {
      return new EmbeddedMySql(flavour, settings);
    } catch (ServerUnavailableException e) {
      throw new TestAbortedException(e.getMessage(), e);
    }
  }
}
