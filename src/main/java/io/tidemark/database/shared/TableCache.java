package io.tidemark.database.shared;

import io.tidemark.schema.Table;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * What was last read about the tables that were asked for last. They are cut into chunks one after
 * the other, and there may be thousands, so that only a few are kept, and none for long: what is
 * known of a table's size grows old. Used by one thread.
 *
 * @param <T> what is known of a table
 */
public final class TableCache<T> {

  private static final Duration LASTS = Duration.ofMinutes(1);

  private static final int MOST_TABLES = 16;

  private record Entry<T>(T known, long readAt) {}

  private final Function<Table, T> reader;

  private final Map<Table, Entry<T>> entries =
      new LinkedHashMap<>(MOST_TABLES, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Table, Entry<T>> eldest) {
          return size() > MOST_TABLES;
        }
      };

  /**
   * @param reader asks the database
   */
  public TableCache(Function<Table, T> reader) {
    this.reader = reader;
  }

  /** What is known of the table, at most a minute old. */
  public T get(Table table) {
    Entry<T> entry = entries.get(table);
    if (entry == null || System.nanoTime() - entry.readAt() > LASTS.toNanos()) {
      entry = new Entry<>(reader.apply(table), System.nanoTime());
      entries.put(table, entry);
    }
    return entry.known();
  }
}
