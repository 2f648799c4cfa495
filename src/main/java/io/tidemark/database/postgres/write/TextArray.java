package io.tidemark.database.postgres.write;

import io.tidemark.change.Row;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGBinaryObject;
import org.postgresql.util.PGobject;

/**
 * One field of many rows as a parameter of type {@code text[]}, in the binary form that {@code
 * array_recv} reads (PostgreSQL source, {@code arrayfuncs.c}).
 *
 * <p>The driver asks for the length and then has the bytes written into its own buffer, so that a
 * value is copied once, straight from the array in which it arrived, and never becomes a string.
 */
final class TextArray extends PGobject implements PGBinaryObject {

  private static final long serialVersionUID = 1L;

  private static final int TEXT_OID = 25;
  private static final int HEADER = 20;

  private final transient List<Row> rows;
  private final int field;
  private transient byte @Nullable [] encoded;

  /**
   * @param rows at least one; the field is present in each
   */
  @SuppressWarnings("this-escape")
  TextArray(List<Row> rows, int field) {
    this.rows = rows;
    this.field = field;
    setType("_text");
  }

  /** Makes the bytes at once; whoever asks for them later is given a copy. */
  void encode() {
    byte[] bytes = new byte[lengthInBytes()];
    toBytes(bytes, 0);
    encoded = bytes;
  }

  @Override
  public int lengthInBytes() {
    if (encoded != null) {
      return encoded.length;
    }
    long length = HEADER;
    for (Row row : rows) {
      length += 4 + (row.isNull(field) ? 0 : row.length(field));
    }
    return Math.toIntExact(length);
  }

  @Override
  public void toBytes(byte[] bytes, int offset) {
    if (encoded != null) {
      System.arraycopy(encoded, 0, bytes, offset, encoded.length);
      return;
    }
    int at = writeInt(bytes, offset, 1);
    at = writeInt(bytes, at, 1);
    at = writeInt(bytes, at, TEXT_OID);
    at = writeInt(bytes, at, rows.size());
    at = writeInt(bytes, at, 1);
    for (Row row : rows) {
      if (row.isNull(field)) {
        at = writeInt(bytes, at, -1);
      } else {
        int length = row.length(field);
        at = writeInt(bytes, at, length);
        System.arraycopy(row.array(), row.offset(field), bytes, at, length);
        at += length;
      }
    }
  }

  @Override
  public void setByteValue(byte[] value, int offset) {
    throw new UnsupportedOperationException("only a parameter");
  }

  /**
   * The same as an array literal, for connections whose URL switches binary parameters off. Every
   * value is quoted, so that no value is taken for {@code NULL} (PostgreSQL manual, 8.15.6).
   */
  @Override
  public String getValue() {
    StringBuilder literal = new StringBuilder("{");
    for (Row row : rows) {
      literal.append(literal.length() == 1 ? "" : ",");
      if (row.isNull(field)) {
        literal.append("NULL");
      } else {
        String text =
            new String(row.array(), row.offset(field), row.length(field), StandardCharsets.UTF_8);
        literal.append('"').append(text.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
      }
    }
    return literal.append('}').toString();
  }

  private static int writeInt(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >>> 24);
    bytes[at + 1] = (byte) (value >>> 16);
    bytes[at + 2] = (byte) (value >>> 8);
    bytes[at + 3] = (byte) value;
    return at + 4;
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  @Override
  public Object clone() throws CloneNotSupportedException {
    throw new CloneNotSupportedException("only a parameter");
  }
}
