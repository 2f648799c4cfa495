package io.tidemark.staging;

import org.jspecify.annotations.Nullable;

/** Stages rows of many tables, which nobody sees before they are merged. Used by one thread. */
public interface TablesWriter extends AutoCloseable {

  /** From here on there is a table of this shape. */
  void open(TableShape shape);

  /** A table changes: rows that are added from here on come after it. */
  void change(ShapeChange change);

  /**
   * @param shape of the row
   * @param deleted whether the row with this key goes; only the key's values count then
   * @param values in the order of the shape's columns: text, {@code byte[]}, {@link Boolean} or
   *     null
   */
  void add(TableShape shape, boolean deleted, @Nullable Object[] values);

  /** Makes everything durable that was added since the last call, and says where it is. */
  StagedTables finish();

  /** Gives up what has not been finished. Idempotent. */
  @Override
  void close();
}
