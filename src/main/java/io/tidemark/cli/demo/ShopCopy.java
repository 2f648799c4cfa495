package io.tidemark.cli.demo;

import io.tidemark.database.ExistingRows;
import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.job.TidemarkJob;
import io.tidemark.verify.ComparisonReport;
import io.tidemark.verify.RowComparison;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The shop's two databases, each on a server of its own, and the job between them. */
record ShopCopy(EmbeddedServer source, EmbeddedServer target) implements AutoCloseable {

  static final String DATABASE = "shop";

  private static final Map<String, String> SETTINGS =
      Map.of(
          "max_wal_size", "4GB",
          "shared_buffers", "256MB",
          // The demo's data is thrown away anyway, and disks of laptops differ widely.
          "synchronous_commit", "off");

  /** Starts both servers, with an empty database each. */
  static ShopCopy start() throws SQLException {
    CompletableFuture<EmbeddedServer> starting =
        CompletableFuture.supplyAsync(() -> new EmbeddedServer(SETTINGS));
    EmbeddedServer source = new EmbeddedServer(SETTINGS);
    try {
      ShopCopy copy = new ShopCopy(source, starting.join());
      copy.source.createDatabase(DATABASE);
      copy.target.createDatabase(DATABASE);
      return copy;
    } catch (CompletionException e) {
      source.close();
      throw e;
    }
  }

  Shop shop() {
    return new Shop(source.spec(DATABASE));
  }

  /**
   * The job as a job file would say it; cycles and chunks are short so that there is some to see.
   */
  TidemarkJob job() {
    return new TidemarkJob(
        "demo",
        source.spec(DATABASE),
        selection(),
        target.spec(DATABASE),
        ExistingRows.FAIL,
        Renaming.none(),
        new TidemarkJob.Copy(Duration.ofSeconds(5), 20_000, 2, 8L << 30),
        new TidemarkJob.Checkpoint(Duration.ofSeconds(2), Optional.empty()));
  }

  ComparisonReport compare() {
    return new RowComparison(
            source.spec(DATABASE), target.spec(DATABASE), selection(), Renaming.none())
        .compare();
  }

  private static Selection selection() {
    return new Selection(List.of("public.*"), Map.of(), Map.of());
  }

  /** Rows that were inserted, updated or deleted at the source since its start. */
  long rowChanges() throws SQLException {
    try (Connection connection = source.connect(DATABASE);
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)"
                    + " FROM pg_stat_user_tables WHERE schemaname = 'public'");
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getLong(1);
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
