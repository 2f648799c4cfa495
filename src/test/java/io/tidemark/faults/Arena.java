package io.tidemark.faults;

import io.tidemark.endtoend.fixture.FlinkCluster;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.faults.link.MySqlLink;
import io.tidemark.faults.link.PostgresLink;
import io.tidemark.faults.link.Proxy;
import java.nio.file.Path;

/**
 * One cluster, one pair of servers, and a proxy before each, for as many rounds as there are.
 *
 * @param folder for job files, checkpoints and savepoints
 */
record Arena(FlinkCluster cluster, TwoServers servers, Proxy toSource, Proxy toTarget, Path folder)
    implements AutoCloseable {

  /**
   * Starts servers and proxies.
   *
   * @param cluster whoever has started it closes it
   */
  static Arena open(FlinkCluster cluster, Route route, Path folder) {
    TwoServers servers = TwoServers.start(route);
    try {
      return new Arena(cluster, servers, proxy(servers.source()), proxy(servers.target()), folder);
    } catch (Throwable failure) {
      servers.close();
      throw failure;
    }
  }

  private static Proxy proxy(TestServer server) {
    return switch (server.vendor()) {
      case POSTGRES -> new Proxy(server.port(), PostgresLink::new);
      case MYSQL, MARIADB -> new Proxy(server.port(), MySqlLink::new);
    };
  }

  @Override
  public void close() {
    try (servers;
        toSource;
        toTarget) {
      // All of them are closed, also when closing one fails.
    }
  }
}
