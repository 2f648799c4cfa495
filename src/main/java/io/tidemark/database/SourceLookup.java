package io.tidemark.database;

import io.tidemark.change.Key;
import io.tidemark.change.SequenceValue;
import io.tidemark.schema.Table;
import java.util.List;

/** What the log reader asks of the source while it works through the log. Short queries. */
public interface SourceLookup extends AutoCloseable {

  /** What a consistent read that is opened now would contain. */
  SnapshotPosition visible();

  /**
   * For each key, how many of {@code bounds} are at or below it, in the database's own order of the
   * table's key. Where the order is certain without asking (integers, bytes), no query is made.
   *
   * @param bounds in ascending order
   */
  int[] locate(Table table, List<Key> keys, List<Key> bounds);

  /** Where the sequences stand that belong to the selected tables. */
  List<SequenceValue> sequences();

  /**
   * Writes a small message to the log, so that the log moves past its present end although the
   * source is idle. A no-op where the source cannot be written to.
   */
  void nudgeLog();

  @Override
  void close();
}
