package io.tidemark.lab;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;

/**
 * The servers that a test class or a test has on loan, if it knows only while it runs which ones it
 * needs; {@link Postgres} and its like serve all others. As a static {@code RegisterExtension} it
 * gives everything back at the end of the class, as one of the instance at the end of the test. May
 * be used from any thread.
 */
public final class Loans implements BeforeAllCallback, BeforeEachCallback, CloseableResource {

  private record Key(String role, ServerOrder order) {}

  private final Map<Key, ServerPool.Lent> lent = new LinkedHashMap<>();

  /**
   * A PostgreSQL server: the same one for the same role and settings.
   *
   * @param role tells it apart from others like it
   * @param settings over those of every test, each as {@code name=value}
   */
  public PostgresServer postgres(String role, String... settings) {
    return (PostgresServer) borrow(role, ServerOrder.postgres(settings));
  }

  /**
   * A server that speaks MySQL's protocol: the same one for the same role and settings. Where this
   * machine has none, the test is skipped.
   *
   * @param role tells it apart from others like it
   * @param settings over those of every test, each as {@code name=value}
   */
  public MySqlServer mySql(String role, MySqlVendor vendor, String... settings) {
    return (MySqlServer) borrow(role, ServerOrder.mySql(vendor, settings));
  }

  boolean has(String role, ServerOrder order) {
    synchronized (lent) {
      return lent.containsKey(new Key(role, order));
    }
  }

  /** A server that was ordered so: the same one for the same role and order. */
  public Server borrow(String role, ServerOrder order) {
    Key key = new Key(role, order);
    synchronized (lent) {
      ServerPool.Lent known = lent.get(key);
      if (known != null) {
        return known.server();
      }
    }
    // Not under the lock, so that two servers may start at once.
    ServerPool.Lent added = ServerPool.OF_ALL_TESTS.lend(order);
    synchronized (lent) {
      ServerPool.Lent earlier = lent.putIfAbsent(key, added);
      if (earlier == null) {
        return added.server();
      }
      ServerPool.OF_ALL_TESTS.takeBack(added);
      return earlier.server();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    giveBackAfter(context);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    giveBackAfter(context);
  }

  private void giveBackAfter(ExtensionContext context) {
    // Whoever is inside finds what was put here outside: a test its class's, a nested class that of
    // the class around it.
    context
        .getStore(Namespace.create(Loans.class))
        .getOrComputeIfAbsent(this, loans -> loans, Loans.class);
  }

  /**
   * Gives all back, the last first: a replica, which was borrowed after its primary, is no longer
   * connected to it when the primary is renewed.
   */
  @Override
  public void close() {
    RuntimeException failure = null;
    synchronized (lent) {
      List<ServerPool.Lent> lastFirst = new ArrayList<>(lent.values());
      Collections.reverse(lastFirst);
      for (ServerPool.Lent each : lastFirst) {
        try {
          ServerPool.OF_ALL_TESTS.takeBack(each);
        } catch (RuntimeException e) {
          if (failure == null) {
            failure = e;
          } else {
            failure.addSuppressed(e);
          }
        }
      }
      lent.clear();
    }
    if (failure != null) {
      throw failure;
    }
  }
}
