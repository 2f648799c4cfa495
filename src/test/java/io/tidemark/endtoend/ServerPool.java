package io.tidemark.endtoend;

import java.util.EnumMap;
import java.util.Map;

/**
 * The servers of a test class that copies on several routes: at most one source and one target of
 * each vendor, started when a test first needs them. Used by one thread.
 */
public final class ServerPool implements AutoCloseable {

  private final Map<Vendor, TestServer> sources = new EnumMap<>(Vendor.class);
  private final Map<Vendor, TestServer> targets = new EnumMap<>(Vendor.class);

  /** The two servers of a route; the pool closes them. */
  public TwoServers servers(Route route) {
    return TwoServers.of(
        sources.computeIfAbsent(route.source(), Vendor::start),
        targets.computeIfAbsent(route.target(), Vendor::start));
  }

  @Override
  public void close() {
    sources.values().forEach(TestServer::close);
    targets.values().forEach(TestServer::close);
  }
}
