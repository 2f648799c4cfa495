package io.tidemark.table;

import io.tidemark.endtoend.fixture.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/** A statement's rows as they come, each with its kind. */
final class Arrivals implements AutoCloseable {

  private static final Duration LONG = Duration.ofSeconds(90);

  private final CloseableIterator<Row> rows;
  private final Thread reading;
  private final List<Row> arrived = new ArrayList<>();
  private Optional<Throwable> failure = Optional.empty();

  private Arrivals(TableResult result) {
    this.rows = result.collect();
    this.reading = new Thread(this::read, "arrivals");
    reading.setDaemon(true);
  }

  static Arrivals of(TableEnvironment tables, String query) {
    Arrivals arrivals = new Arrivals(tables.executeSql(query));
    arrivals.reading.start();
    return arrivals;
  }

  private void read() {
    try {
      while (rows.hasNext()) {
        Row row = rows.next();
        synchronized (this) {
          arrived.add(row);
        }
      }
    } catch (Throwable e) {
      synchronized (this) {
        failure = Optional.of(e);
      }
    }
  }

  synchronized List<Row> rows() {
    return List.copyOf(arrived);
  }

  private synchronized Optional<Throwable> failure() {
    return failure;
  }

  /** So many rows, once they are there. */
  List<Row> await(int count) throws Exception {
    Await.until(
        count + " rows",
        LONG,
        () -> {
          if (failure().isPresent()) {
            throw new AssertionError("the statement failed", failure().get());
          }
          return rows().size() >= count;
        },
        () -> "there are " + rows());
    return rows();
  }

  @Override
  public void close() throws Exception {
    // Cancels the job. To cancel it before would be a race with the cluster, which ends with it.
    rows.close();
    reading.join(LONG.toMillis());
  }
}
