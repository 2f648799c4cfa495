package io.tidemark.database.mysql.key;

import io.tidemark.change.PortableRows;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Collectors;

/**
 * The select list for a table's rows, and the way from what the server's text protocol says to the
 * portable encoding. Most values are the same bytes in both: text is sent as UTF-8, numbers and
 * times as ASCII, blobs, spatial values (the SRID and the well-known binary form; MySQL manual,
 * 13.4.3) and vectors raw. Holds a buffer; used by one thread.
 */
public final class SelectedFields {

  private enum Form {
    SAME,
    /** A number with leading zeros, as {@code ZEROFILL} prints it. */
    ZEROFILL,
    /** Raw bits, the most significant byte first. */
    BITS,
    REAL_32,
    REAL_64
  }

  private final Table table;
  private final Form[] forms;
  private final int[] bitCounts;
  private final byte[] digits = new byte[64];

  /**
   * @param table whose columns are selected, in their order
   */
  public SelectedFields(Table table) {
    this.table = table;
    int size = table.columns().size();
    forms = new Form[size];
    bitCounts = new int[size];
    for (int i = 0; i < size; i++) {
      Column column = table.columns().get(i);
      forms[i] = form(column);
      bitCounts[i] = column.values() instanceof ValueType.Bits bits ? bits.length() : 0;
    }
  }

  private static Form form(Column column) {
    if (column.values() instanceof ValueType.Real real) {
      return real.bits() == 32 ? Form.REAL_32 : Form.REAL_64;
    }
    if (column.values() instanceof ValueType.Bits) {
      return Form.BITS;
    }
    return column.type().contains("zerofill") ? Form.ZEROFILL : Form.SAME;
  }

  /**
   * The columns for a select list. The server prints a FLOAT with six digits and a DOUBLE(m,d) with
   * d behind the point, which is not what they are; as a plain double it prints all that is needed
   * to read the same number again, the sign of a zero included.
   */
  public String selectList() {
    return table.columns().stream()
        .map(
            column ->
                column.values() instanceof ValueType.Real
                    ? Identifiers.quote(column.name()) + " * 1e0"
                    : Identifiers.quote(column.name()))
        .collect(Collectors.joining(", "));
  }

  /** How many fields a row has. */
  public int size() {
    return forms.length;
  }

  /** Adds a field that is not null to the row that {@code rows} has begun. */
  public void add(int field, byte[] bytes, int offset, int length, PortableRows.Encoder rows) {
    switch (forms[field]) {
      case SAME -> rows.value(bytes, offset, length);
      case ZEROFILL -> {
        int zeros = 0;
        while (zeros < length - 1
            && bytes[offset + zeros] == '0'
            && bytes[offset + zeros + 1] != '.') {
          zeros++;
        }
        rows.value(bytes, offset + zeros, length - zeros);
      }
      case BITS -> {
        int count = bitCounts[field];
        for (int bit = 0; bit < count; bit++) {
          int fromEnd = count - 1 - bit;
          int at = offset + length - 1 - fromEnd / 8;
          boolean set = at >= offset && (bytes[at] >>> fromEnd % 8 & 1) != 0;
          digits[bit] = (byte) (set ? '1' : '0');
        }
        rows.value(digits, 0, count);
      }
      case REAL_32 ->
          rows.value(
              ascii(Float.toString((float) Double.parseDouble(text(bytes, offset, length)))));
      case REAL_64 ->
          rows.value(ascii(Double.toString(Double.parseDouble(text(bytes, offset, length)))));
    }
  }

  /** A field as {@code Key} shows it. */
  String keyText(int field, byte[] value) {
    if (table.columns().get(field).values().isRaw()) {
      return HexFormat.of().formatHex(value);
    }
    PortableRows.Encoder rows = new PortableRows.Encoder();
    add(field, value, 0, value.length, rows);
    byte[] encoded = rows.take();
    return new String(
        encoded, Integer.BYTES, encoded.length - Integer.BYTES, StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
