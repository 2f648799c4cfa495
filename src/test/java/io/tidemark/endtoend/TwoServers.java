package io.tidemark.endtoend;

import io.tidemark.cli.demo.EmbeddedServer;
import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.verify.ComparisonReport;
import io.tidemark.verify.RowComparison;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** A source and a target server, for as many pairs of databases as there are tests. */
public final class TwoServers implements AutoCloseable {

  private final AtomicInteger pairs = new AtomicInteger();
  private final EmbeddedServer source;
  private final EmbeddedServer target;

  private TwoServers(EmbeddedServer source, EmbeddedServer target) {
    this.source = source;
    this.target = target;
  }

  /** Starts both; crashes of the servers' machine are not what is tested, so nothing is synced. */
  public static TwoServers start() {
    return start(Map.of("fsync", "off", "max_wal_size", "4GB"));
  }

  public static TwoServers start(Map<String, String> settings) {
    CompletableFuture<EmbeddedServer> target =
        CompletableFuture.supplyAsync(() -> new EmbeddedServer(settings));
    EmbeddedServer source = new EmbeddedServer(settings);
    return new TwoServers(source, target.join());
  }

  /** Two servers that run already; they are closed with this. */
  static TwoServers of(EmbeddedServer source, EmbeddedServer target) {
    return new TwoServers(source, target);
  }

  public EmbeddedServer source() {
    return source;
  }

  public EmbeddedServer target() {
    return target;
  }

  /** A new pair of empty databases, whose stream is named after them. */
  public Pair pair(String name) throws SQLException {
    String database = name + "_" + pairs.incrementAndGet();
    source.createDatabase(database);
    target.createDatabase(database);
    return new Pair(this, database);
  }

  /**
   * Two databases of one name.
   *
   * @param name of both databases, and of the stream between them
   */
  public record Pair(TwoServers servers, String name) {

    public EmbeddedServer source() {
      return servers.source;
    }

    public EmbeddedServer target() {
      return servers.target;
    }

    /** Executes statements at the source. */
    void execute(String... statements) throws SQLException {
      source().execute(name, statements);
    }

    public ComparisonReport compare() {
      return compare(new Selection(List.of("*.*"), Map.of(), Map.of()), Renaming.none());
    }

    ComparisonReport compare(Selection selection, Renaming renaming) {
      return new RowComparison(source().spec(name), target().spec(name), selection, renaming)
          .compare();
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
