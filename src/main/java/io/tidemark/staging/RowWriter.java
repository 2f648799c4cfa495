package io.tidemark.staging;

import org.jspecify.annotations.Nullable;

/** Takes rows for a table. Used by one thread at a time. */
public interface RowWriter extends AutoCloseable {

  /**
   * @param deleted whether the row with this key goes; only the key's values count then
   * @param values of the columns of {@link SinkTable}, in their order: text as the database reads
   *     it, {@code byte[]}, {@link Boolean} or null
   */
  void add(boolean deleted, @Nullable Object[] values);

  /** Gives up what has not been finished or flushed. Idempotent. */
  @Override
  void close();
}
