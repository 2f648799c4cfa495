package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;

/** What a statement's changes add up to, as they come; of a changelog that has rows that go. */
final class Materialized implements AutoCloseable {

  private static final Duration LONG = Duration.ofSeconds(90);

  private final TableResult result;
  private final CloseableIterator<Row> changes;
  private final Thread reading;
  private final TreeMap<String, Integer> rows = new TreeMap<>();
  private Optional<Throwable> failure = Optional.empty();

  private Materialized(TableResult result) {
    this.result = result;
    this.changes = result.collect();
    this.reading = new Thread(this::read, "materialized");
    reading.setDaemon(true);
  }

  static Materialized of(TableEnvironment tables, String query) {
    Materialized materialized = new Materialized(tables.executeSql(query));
    materialized.reading.start();
    return materialized;
  }

  private void read() {
    try {
      while (changes.hasNext()) {
        take(changes.next());
      }
    } catch (Throwable e) {
      synchronized (this) {
        failure = Optional.of(e);
      }
    }
  }

  private synchronized void take(Row row) {
    boolean comes = row.getKind() == RowKind.INSERT || row.getKind() == RowKind.UPDATE_AFTER;
    Row plain = Row.copy(row);
    plain.setKind(RowKind.INSERT);
    int count = rows.merge(plain.toString(), comes ? 1 : -1, Integer::sum);
    assertThat(count).as("a row goes that is not there: " + plain).isNotNegative();
    if (count == 0) {
      rows.remove(plain.toString());
    }
  }

  /** Each as often as it is there, in order. */
  synchronized List<String> rows() {
    List<String> all = new ArrayList<>();
    rows.forEach(
        (row, count) -> {
          for (int i = 0; i < count; i++) {
            all.add(row);
          }
        });
    return all;
  }

  synchronized Optional<Throwable> failure() {
    return failure;
  }

  void await(List<String> expected) throws Exception {
    List<String> sorted = expected.stream().sorted().toList();
    Await.until(
        "the rows " + sorted,
        LONG,
        () -> {
          if (failure().isPresent()) {
            throw new AssertionError("the statement failed", failure().get());
          }
          return rows().equals(sorted);
        },
        () -> "there are " + rows());
  }

  Throwable awaitFailure() throws Exception {
    Await.until("failed", LONG, () -> failure().isPresent(), () -> "there are " + rows());
    return failure().orElseThrow();
  }

  @Override
  public void close() throws Exception {
    if (failure().isEmpty()) {
      result.getJobClient().orElseThrow().cancel();
    }
    changes.close();
    reading.join(LONG.toMillis());
  }
}
