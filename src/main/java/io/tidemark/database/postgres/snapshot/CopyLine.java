package io.tidemark.database.postgres.snapshot;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.schema.TableId;

/**
 * Where the values of one row are in a COPY in text format (PostgreSQL manual, COPY, "Text
 * Format"). Goes from one row to the next; used by one thread.
 */
public final class CopyLine {

  private static final int NULL = -1;

  private final TableId table;
  private final int[] offsets;
  private final int[] lengths;

  /**
   * @param table for messages
   * @param fields how many columns every row has; at least one
   */
  public CopyLine(TableId table, int fields) {
    this.table = table;
    this.offsets = new int[fields];
    this.lengths = new int[fields];
  }

  /**
   * Turns to the row that starts at {@code start}. Its escapes are replaced where they stand by
   * what they stand for, so that every value lies in {@code bytes}, and no row is to be read twice.
   *
   * @param end where the last whole row ends
   * @return where the next row starts
   * @throws DatabaseException fatal, if it is no such row
   */
  public int read(byte[] bytes, int start, int end) {
    int at = start;
    for (int field = 0; field < offsets.length; field++) {
      int from = at;
      boolean escaped = false;
      for (; at < end; at++) {
        byte b = bytes[at];
        if (b == '\\') {
          escaped = true;
        } else if (b == '\t' || b == '\n') {
          break;
        }
      }
      if (at == end || (bytes[at] == '\n') != (field == offsets.length - 1)) {
        throw malformed("does not have " + offsets.length + " columns");
      }
      offsets[field] = from;
      lengths[field] = escaped ? unescape(bytes, from, at) : at - from;
      at++;
    }
    return at;
  }

  /** How many columns every row has. */
  public int fields() {
    return offsets.length;
  }

  /** Whether the value is null; it has no bytes then. */
  public boolean isNull(int field) {
    return lengths[field] == NULL;
  }

  /** Where the value starts; its bytes are UTF-8. */
  public int offset(int field) {
    return offsets[field];
  }

  /** The value's length in bytes. Only for one that is not null. */
  public int length(int field) {
    return lengths[field];
  }

  /**
   * @return the length without escapes, or {@link #NULL}
   */
  private int unescape(byte[] bytes, int start, int end) {
    if (end - start == 2 && bytes[start + 1] == 'N') {
      return NULL;
    }
    int to = start;
    for (int i = start; i < end; i++) {
      byte b = bytes[i];
      if (b == '\\') {
        i++;
        b =
            switch (i < end ? bytes[i] : 0) {
              case 'b' -> '\b';
              case 'f' -> '\f';
              case 'n' -> '\n';
              case 'r' -> '\r';
              case 't' -> '\t';
              case 'v' -> 0x0B;
              case '\\' -> '\\';
              // The server escapes nothing else with this delimiter (copyto.c,
              // CopyAttributeOutText).
              default ->
                  throw malformed("has a backslash before a character that COPY does not escape");
            };
      }
      bytes[to++] = b;
    }
    return to - start;
  }

  private DatabaseException malformed(String what) {
    return new DatabaseException(Kind.FATAL, "a row of table " + table + " " + what);
  }
}
