package io.tidemark.database;

import io.tidemark.change.KeyRange;
import io.tidemark.schema.Table;

/** One open consistent read on the source. Reads chunks one after the other. */
public interface SnapshotSession extends AutoCloseable {

  /** What the read contains; the same for as long as the session is open. */
  SnapshotPosition position();

  /** How {@link #read} will encode the rows of {@code table}; a name that targets know. */
  String format(Table table);

  /**
   * Reads the rows of a range as of {@link #position()}, holding locks no longer than the call.
   *
   * @return how many rows were written
   * @throws TableChangedException if the session no longer sees the table as of its snapshot; what
   *     was written until then is void
   */
  long read(Table table, KeyRange range, Output output) throws InterruptedException;

  @Override
  void close();

  /** Takes a chunk's bytes; blocks while the reader is ahead of the writer. */
  interface Output {
    /** Takes over {@code bytes}: the caller must not write to them afterwards. */
    void write(byte[] bytes, int length) throws InterruptedException;
  }
}
