package io.tidemark.database.mysql.write;

import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Makes rows in the portable encoding for tests. */
final class PortableTestRows {

  /** A field that the log left out. */
  static final Object ABSENT = new Object();

  private PortableTestRows() {}

  /**
   * @param values texts, byte arrays, null or {@link #ABSENT}
   */
  static Row row(Object... values) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<byte[]> encoded = new ArrayList<>();
    for (Object value : values) {
      byte[] field =
          value instanceof byte[] raw
              ? raw
              : value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : new byte[0];
      encoded.add(field);
      bytes.writeBytes(field);
    }
    Row.Builder row = Row.builder(bytes.toByteArray(), values.length);
    int offset = 0;
    for (int field = 0; field < values.length; field++) {
      if (values[field] == null) {
        row.setNull(field);
      } else if (values[field] != ABSENT) {
        row.setValue(field, offset, encoded.get(field).length);
      }
      offset += encoded.get(field).length;
    }
    return row.build();
  }

  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  /** The rows as a chunk has them. */
  static byte[] chunk(List<Row> rows) {
    PortableRows.Encoder encoder = new PortableRows.Encoder();
    for (Row row : rows) {
      encoder.begin();
      for (int field = 0; field < row.size(); field++) {
        if (row.isNull(field)) {
          encoder.nullValue();
        } else {
          encoder.value(row.array(), row.offset(field), row.length(field));
        }
      }
      encoder.end();
    }
    return encoder.take();
  }
}
