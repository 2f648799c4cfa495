package io.tidemark.database.postgres.write;

import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.ValueRefusedException;
import io.tidemark.database.postgres.value.Bytes;
import java.util.Optional;
import java.util.function.Supplier;

/** Loads portable rows through a COPY in text format. */
final class PortableChunkLoad implements TargetWriter.ChunkLoad {

  private static final int PIECE_BYTES = 64 * 1024;

  private final Supplier<PostgresChunkLoad> begin;
  private final TargetWriter.BadRows bad;
  private final PortableValues values;
  private final PortableRows.Decoder decoder;
  private final Bytes text = new Bytes();
  private final Bytes value = new Bytes();
  private PostgresChunkLoad copy;
  private long loaded;

  /**
   * @param begin starts a COPY that takes text
   */
  PortableChunkLoad(
      Supplier<PostgresChunkLoad> begin, PortableValues values, TargetWriter.BadRows bad) {
    this.begin = begin;
    this.bad = bad;
    this.copy = begin.get();
    this.values = values;
    this.decoder = new PortableRows.Decoder(values.size());
  }

  @Override
  public void write(byte[] bytes, int length) {
    decoder.add(bytes, length);
    for (Optional<Row> row = decoder.next(); row.isPresent(); row = decoder.next()) {
      int before = text.size();
      try {
        add(row.get());
      } catch (ValueRefusedException e) {
        text.cut(before);
        refuse(row.get(), e);
      } catch (DatabaseException e) {
        giveUp(e);
        throw e;
      }
      if (text.size() >= PIECE_BYTES) {
        flush();
      }
    }
  }

  /** The connection takes nothing else during a COPY, so that one ends for what was refused. */
  private void refuse(Row row, ValueRefusedException why) {
    boolean full;
    try {
      full = bad.take(row, why);
    } catch (DatabaseException e) {
      giveUp(e);
      throw e;
    }
    if (full) {
      flush();
      loaded += copy.end();
      bad.write();
      copy = begin.get();
    }
  }

  /** PostgreSQL manual, COPY, "Text Format". */
  private void add(Row row) {
    for (int field = 0; field < values.size(); field++) {
      if (field > 0) {
        text.add('\t');
      }
      value.clear();
      if (!row.isNull(field) && values.convert(row, field, value)) {
        escape();
      } else {
        text.add('\\');
        text.add('N');
      }
    }
    text.add('\n');
  }

  private void escape() {
    byte[] bytes = value.array();
    int start = 0;
    for (int i = 0; i < value.size(); i++) {
      int letter =
          switch (bytes[i]) {
            case '\\' -> '\\';
            case '\n' -> 'n';
            case '\r' -> 'r';
            case '\t' -> 't';
            default -> 0;
          };
      if (letter != 0) {
        text.add(bytes, start, i - start);
        text.add('\\');
        text.add(letter);
        start = i + 1;
      }
    }
    text.add(bytes, start, value.size() - start);
  }

  /** Until its COPY has ended, the connection takes nothing else, a rollback included. */
  private void giveUp(DatabaseException cause) {
    try {
      copy.abort();
    } catch (DatabaseException e) {
      cause.addSuppressed(e);
    }
  }

  private void flush() {
    copy.write(text.array(), text.size());
    text.clear();
  }

  @Override
  public long end() {
    decoder.finish();
    flush();
    loaded += copy.end();
    bad.write();
    return loaded;
  }

  @Override
  public void abort() {
    copy.abort();
  }
}
