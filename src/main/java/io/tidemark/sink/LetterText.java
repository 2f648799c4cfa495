package io.tidemark.sink;

import io.tidemark.change.Key;
import io.tidemark.change.Row;
import io.tidemark.schema.Table;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * Rows as the ledger holds them: a JSON object of column and value. A value is null, a text in the
 * portable encoding, or, where that is bytes, {@code {"hex": "00ff"}}. An absent field has no
 * member.
 */
final class LetterText {

  private LetterText() {}

  static String print(Table table, Row row) {
    StringBuilder printed = new StringBuilder();
    for (int field = 0; field < row.size(); field++) {
      if (row.isPresent(field)) {
        printed.append(printed.isEmpty() ? '{' : ',');
        JsonText.quote(table.columns().get(field).name(), printed);
        printed.append(':');
        if (row.isNull(field)) {
          printed.append("null");
        } else {
          value(row, field, table.columns().get(field).values().isRaw(), printed);
        }
      }
    }
    return printed.append(printed.isEmpty() ? "{}" : "}").toString();
  }

  private static void value(Row row, int field, boolean raw, StringBuilder out) {
    int offset = row.offset(field);
    int length = row.length(field);
    if (!raw) {
      try {
        // Strict, as a replacement character would lose what was there.
        JsonText.quote(
            StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(row.array(), offset, length))
                .toString(),
            out);
        return;
      } catch (CharacterCodingException e) {
        // Bytes that are no text are written as bytes.
      }
    }
    out.append("{\"hex\":");
    JsonText.quote(HexFormat.of().formatHex(row.array(), offset, offset + length), out);
    out.append('}');
  }

  /**
   * A row of the table; columns that the text does not have are absent.
   *
   * @throws IllegalArgumentException if it is no such text
   */
  static Row parse(Table table, String text) {
    Map<String, Optional<byte[]>> values;
    try {
      values = values(new JsonText(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the ledger holds a malformed dead letter", e);
    }
    int size = table.columns().size();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int[] ends = new int[size];
    for (int field = 0; field < size; field++) {
      of(values, table, field).ifPresent(value -> value.ifPresent(bytes::writeBytes));
      ends[field] = bytes.size();
    }
    Row.Builder row = Row.builder(bytes.toByteArray(), size);
    for (int field = 0; field < size; field++) {
      Optional<Optional<byte[]>> value = of(values, table, field);
      int start = field == 0 ? 0 : ends[field - 1];
      if (value.isPresent() && value.get().isPresent()) {
        row.setValue(field, start, ends[field] - start);
      } else if (value.isPresent()) {
        row.setNull(field);
      }
    }
    return row.build();
  }

  /** Empty if the field is absent; an empty one inside stands for null. */
  private static Optional<Optional<byte[]>> of(
      Map<String, Optional<byte[]>> values, Table table, int field) {
    return Optional.ofNullable(values.get(table.columns().get(field).name()));
  }

  /** Each column's value; an empty one is null. */
  private static Map<String, Optional<byte[]>> values(JsonText json) {
    Map<String, Optional<byte[]>> values = new HashMap<>();
    json.require('{');
    if (!json.comes('}')) {
      do {
        String column = json.requireText();
        json.require(':');
        values.put(column, value(json));
      } while (json.take(','));
    }
    json.require('}');
    json.requireEnd();
    return values;
  }

  private static Optional<byte[]> value(JsonText json) {
    if (json.comes('"')) {
      return Optional.of(json.requireText().getBytes(StandardCharsets.UTF_8));
    }
    if (!json.take('{')) {
      json.requireNull();
      return Optional.empty();
    }
    if (!json.requireText().equals("hex")) {
      throw new IllegalArgumentException("a value that is neither a text nor bytes");
    }
    json.require(':');
    byte[] bytes = HexFormat.of().parseHex(json.requireText());
    json.require('}');
    return Optional.of(bytes);
  }

  static String key(Table table, Row row) {
    return KeyText.print(Key.of(table, row));
  }

  /** What stands for a key in an index, which takes no text of any length: SHA-256 in hex. */
  static String hash(String key) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
