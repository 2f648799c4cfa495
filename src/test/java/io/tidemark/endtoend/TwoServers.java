package io.tidemark.endtoend;

import io.tidemark.job.Databases;
import io.tidemark.lab.Loans;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import io.tidemark.verify.ComparisonReport;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;

/** A source and a target server, for as many pairs of databases as there are tests. */
public final class TwoServers implements AutoCloseable {

  private static final AtomicInteger PAIRS = new AtomicInteger();

  private final TestServer source;
  private final TestServer target;

  private TwoServers(TestServer source, TestServer target) {
    this.source = source;
    this.target = target;
  }

  /** Two servers of a test class, which gives them back at its end: the same ones for a route. */
  public static TwoServers on(Loans loans, Route route) {
    CompletableFuture<TestServer> target =
        CompletableFuture.supplyAsync(() -> route.target().borrow(loans, "target"));
    TestServer source = route.source().borrow(loans, "source");
    return of(source, joined(target));
  }

  /** Starts two servers of the test's own; where this machine has no such server, it is skipped. */
  public static TwoServers start(Route route) {
    CompletableFuture<TestServer> target =
        CompletableFuture.supplyAsync(() -> route.target().start());
    try (Closing closing = new Closing(target)) {
      TestServer source = route.source().start();
      closing.keep();
      return of(source, joined(target));
    }
  }

  /** Two servers that run already; they are closed with this. */
  public static TwoServers of(TestServer source, TestServer target) {
    return new TwoServers(source, target);
  }

  /** Closes a target whose source does not start. */
  private static final class Closing implements AutoCloseable {
    private final CompletableFuture<TestServer> target;
    private boolean kept;

    Closing(CompletableFuture<TestServer> target) {
      this.target = target;
    }

    void keep() {
      kept = true;
    }

    @Override
    public void close() {
      if (!kept) {
        joined(target).close();
      }
    }
  }

  private static TestServer joined(CompletableFuture<TestServer> server) {
    try {
      return server.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException reason) {
        throw reason;
      }
      throw e;
    }
  }

  public TestServer source() {
    return source;
  }

  public TestServer target() {
    return target;
  }

  /** A new pair of empty databases, whose stream is named after them. */
  public Pair pair(String name) throws SQLException {
    String database = name + "_" + PAIRS.incrementAndGet();
    source.createDatabase(database);
    target.createDatabase(database);
    return new Pair(this, database);
  }

  /**
   * Two databases of one name. A test that says nothing else copies the schema of unqualified names
   * of one into that of the other, and everything from PostgreSQL to PostgreSQL.
   *
   * @param name of both databases, and of the stream between them
   */
  public record Pair(TwoServers servers, String name) {

    public TestServer source() {
      return servers.source;
    }

    public TestServer target() {
      return servers.target;
    }

    public String sourceSchema() {
      return source().schema(name);
    }

    public String targetSchema() {
      return target().schema(name);
    }

    private boolean allOfPostgres() {
      return source().vendor() == Vendor.POSTGRES && target().vendor() == Vendor.POSTGRES;
    }

    public Selection selection() {
      return new Selection(
          List.of(allOfPostgres() ? "*.*" : sourceSchema() + ".*"), Map.of(), Map.of());
    }

    public Renaming renaming() {
      return sourceSchema().equals(targetSchema())
          ? Renaming.none()
          : new Renaming(Map.of(), Map.of(sourceSchema(), targetSchema()));
    }

    /** Executes statements at the source. */
    public void execute(String... statements) throws SQLException {
      source().execute(name, statements);
    }

    public ComparisonReport compare() {
      return compare(selection(), renaming());
    }

    public ComparisonReport compare(Selection selection, Renaming renaming) {
      return Databases.compare(source().spec(name), target().spec(name), selection, renaming);
    }
  }

  @Override
  public void close() {
    try (source;
        target) {
      // Both are closed, also when closing one fails.
    }
  }
}
