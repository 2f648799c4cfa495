package io.tidemark.database.postgres.write;

import io.tidemark.change.Row;
import io.tidemark.database.DaemonThreads;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Executes a statement slice by slice. While the server carries out one slice, a thread encodes the
 * parameters of the next, so that the server need not wait for them. Used by one thread.
 */
final class SlicedStatements implements AutoCloseable {

  /** Executes the statement on one slice. */
  interface Step {
    void on(List<Row> slice, ParameterArrays parameters) throws SQLException;
  }

  /** Has no thread before the first statement of several slices. */
  private final ExecutorService encoding =
      Executors.newSingleThreadExecutor(DaemonThreads.named("tidemark-encode"));

  /**
   * @param fields whose values are the parameters, in order; present in each row
   * @throws SQLException what {@code step} failed with; the slices after it are not begun
   */
  void each(List<Row> rows, int[] fields, Step step) throws SQLException {
    List<List<Row>> slices = RowSlices.of(rows);
    CompletableFuture<ParameterArrays> ahead = null;
    for (int i = 0; i < slices.size(); i++) {
      ParameterArrays parameters =
          ahead == null ? ParameterArrays.of(slices.get(i), fields) : taken(ahead);
      // A single row may be enormous, and would be in memory once more.
      boolean several = i + 1 < slices.size() && slices.get(i + 1).size() > 1;
      ahead = several ? encodeAhead(slices.get(i + 1), fields) : null;
      step.on(slices.get(i), parameters);
    }
  }

  private CompletableFuture<ParameterArrays> encodeAhead(List<Row> slice, int[] fields) {
    return CompletableFuture.supplyAsync(
        () -> ParameterArrays.of(slice, fields).encoded(), encoding);
  }

  private static ParameterArrays taken(CompletableFuture<ParameterArrays> ahead) {
    try {
      return ahead.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
  }

  @Override
  public void close() {
    encoding.shutdown();
  }
}
