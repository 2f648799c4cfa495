package io.tidemark.database.postgres.portable;

import io.tidemark.change.PortableRows;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.SnapshotSession.Output;
import io.tidemark.database.postgres.catalog.PortableTable;
import io.tidemark.database.postgres.value.Bytes;

/**
 * Makes portable rows of pieces of a COPY in text format (PostgreSQL manual, COPY, "Text Format").
 */
final class CopyTextRows {

  private static final int PIECE_BYTES = 256 * 1024;

  private final PortableTable table;
  private final Output output;
  private final PortableRows.Encoder encoder = new PortableRows.Encoder();
  private final Bytes plain = new Bytes();
  private final Bytes value = new Bytes();

  CopyTextRows(PortableTable table, Output output) {
    this.table = table;
    this.output = output;
  }

  /** A piece of whole lines. */
  void piece(byte[] bytes, int length) throws InterruptedException {
    int at = 0;
    while (at < length) {
      at = row(bytes, at, length);
      if (encoder.size() >= PIECE_BYTES) {
        finish();
      }
    }
  }

  /** Hands on what is left. */
  void finish() throws InterruptedException {
    if (encoder.size() > 0) {
      int size = encoder.size();
      output.write(encoder.take(), size);
    }
  }

  /**
   * @return where the next row starts
   */
  private int row(byte[] bytes, int start, int length) {
    encoder.begin();
    int at = start;
    int fields = table.size();
    for (int field = 0; field < fields; field++) {
      int end = at;
      boolean escaped = false;
      while (end < length && bytes[end] != '\t' && bytes[end] != '\n') {
        escaped |= bytes[end] == '\\';
        end++;
      }
      if (end == length || (bytes[end] == '\n') != (field == fields - 1)) {
        throw new DatabaseException(
            Kind.FATAL,
            "a row of table " + table.own().id() + " does not have " + fields + " columns");
      }
      field(field, bytes, at, end, escaped);
      at = end + 1;
    }
    encoder.end();
    return at;
  }

  private void field(int field, byte[] bytes, int start, int end, boolean escaped) {
    value.clear();
    if (!escaped) {
      table.convert(field, bytes, start, end - start, value);
    } else if (end - start == 2 && bytes[start + 1] == 'N') {
      encoder.nullValue();
      return;
    } else {
      unescape(bytes, start, end);
      table.convert(field, plain.array(), 0, plain.size(), value);
    }
    encoder.value(value.array(), 0, value.size());
  }

  private void unescape(byte[] bytes, int start, int end) {
    plain.clear();
    for (int i = start; i < end; i++) {
      if (bytes[i] != '\\') {
        plain.add(bytes[i]);
        continue;
      }
      i++;
      plain.add(
          switch (i < end ? bytes[i] : 0) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> 0x0B;
            case '\\' -> '\\';
            // The server escapes nothing else with this delimiter (copyto.c, CopyAttributeOutText).
            default ->
                throw new DatabaseException(
                    Kind.FATAL,
                    "a row of table "
                        + table.own().id()
                        + " has a backslash before a character that COPY does not escape");
          });
    }
  }
}
