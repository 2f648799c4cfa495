package io.tidemark.lab;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers of all tests in this JVM. A server is started when there is none to lend, and what
 * was done to it is undone when it comes back. Safe for any thread; the servers end with the JVM.
 */
final class ServerPool {

  static final ServerPool OF_ALL_TESTS = new ServerPool();

  private static final Logger LOG = LoggerFactory.getLogger(ServerPool.class);

  /** Each takes memory, so the one that was idle the longest makes room for another. */
  private static final int MOST_IDLE = 6;

  private final Deque<Lent> idle = new ArrayDeque<>();

  private ServerPool() {}

  /** A server on loan, and how it becomes as good as new. */
  record Lent(ServerOrder order, Server server, Renewal renewal) {}

  /** A server that nobody else has until it is given back. */
  Lent lend(ServerOrder order) {
    Optional<Lent> kept = takeIdle(order);
    return kept.orElseGet(() -> start(order));
  }

  private synchronized Optional<Lent> takeIdle(ServerOrder order) {
    for (Iterator<Lent> each = idle.iterator(); each.hasNext(); ) {
      Lent lent = each.next();
      if (lent.order().equals(order)) {
        each.remove();
        return Optional.of(lent);
      }
    }
    return Optional.empty();
  }

  private static Lent start(ServerOrder order) {
    Server server = order.start();
    try {
      return new Lent(order, server, Renewal.of(server));
    } catch (SQLException e) {
      server.close();
      throw new IllegalStateException("a server that has just started does not answer", e);
    }
  }

  /**
   * Takes a server back. One that was stopped or cannot be renewed is closed, and the next borrower
   * gets a new one.
   *
   * @throws IllegalStateException if the server does not do what renewing it takes
   */
  void takeBack(Lent lent) {
    Optional<String> obstacle;
    try {
      obstacle = lent.renewal().renew();
    } catch (SQLException | RuntimeException e) {
      lent.server().close();
      throw new IllegalStateException("a server of the tests cannot be made as good as new", e);
    }
    if (obstacle.isPresent()) {
      LOG.info("A server of the tests is thrown away: {}", obstacle.get());
      lent.server().close();
    } else {
      keep(lent).ifPresent(surplus -> surplus.server().close());
    }
  }

  private synchronized Optional<Lent> keep(Lent lent) {
    idle.addFirst(lent);
    return idle.size() > MOST_IDLE ? Optional.of(idle.removeLast()) : Optional.empty();
  }
}
