package io.tidemark.cli.demo;

import io.tidemark.job.Databases;
import io.tidemark.job.TidemarkJob;
import io.tidemark.lab.ServerUnavailableException;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import io.tidemark.verify.ComparisonReport;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The shop's two databases, each on a server of its own, and the job between them. */
record ShopCopy(DemoDatabase from, DemoServer source, DemoDatabase to, DemoServer target)
    implements AutoCloseable {

  /**
   * Starts both servers, with an empty database each.
   *
   * @throws ServerUnavailableException if this machine has no such server and cannot get one
   */
  static ShopCopy start(DemoDatabase from, DemoDatabase to) {
    CompletableFuture<DemoServer> starting = CompletableFuture.supplyAsync(to::start);
    DemoServer source;
    try {
      source = from.start();
    } catch (RuntimeException e) {
      // Whoever is starting is closed at the end of this process.
      starting.thenAccept(DemoServer::close);
      throw e;
    }
    try {
      return new ShopCopy(from, source, to, starting.join());
    } catch (CompletionException e) {
      source.close();
      if (e.getCause() instanceof ServerUnavailableException unavailable) {
        throw unavailable;
      }
      throw e;
    }
  }

  Shop shop() {
    return new Shop(source.spec());
  }

  /**
   * The job as a job file would say it; cycles and chunks are short so that there is some to see.
   */
  TidemarkJob job() {
    return new TidemarkJob(
        "demo",
        source.spec(),
        selection(),
        target.spec(),
        ExistingRows.FAIL,
        renaming(),
        new TidemarkJob.Copy(Duration.ofSeconds(5), 20_000, 2, 8L << 30),
        new TidemarkJob.Checkpoint(Duration.ofSeconds(2), Optional.empty()));
  }

  ComparisonReport compare() {
    return Databases.compare(source.spec(), target.spec(), selection(), renaming());
  }

  private Selection selection() {
    return new Selection(List.of(from.schema() + ".*"), Map.of(), Map.of());
  }

  private Renaming renaming() {
    return from.schema().equals(to.schema())
        ? Renaming.none()
        : new Renaming(Map.of(), Map.of(from.schema(), to.schema()));
  }

  /** Rows that were inserted, updated or deleted at the source since its start. */
  long rowChanges() throws SQLException {
    return source.rowChanges();
  }

  @Override
  public void close() {
    try (source;
        target) {
      // Both are closed, also when closing one fails.
    }
  }
}
