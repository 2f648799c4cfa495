package io.tidemark.database.jdbc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tidemark.change.Row;
import io.tidemark.schema.Table;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
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

  private static final JsonFactory JSON = new JsonFactory();

  /** The one member of what stands for bytes. */
  private static final String HEX = "hex";

  private LetterText() {}

  static String print(Table table, Row row) {
    StringWriter text = new StringWriter();
    try (JsonGenerator object = JSON.createGenerator(text)) {
      object.writeStartObject();
      for (int field = 0; field < row.size(); field++) {
        if (row.isPresent(field)) {
          object.writeFieldName(table.columns().get(field).name());
          write(object, table.columns().get(field).values().isRaw(), row, field);
        }
      }
      object.writeEndObject();
    } catch (IOException e) {
      throw new IllegalArgumentException("a row that has no JSON form", e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator object, boolean raw, Row row, int field)
      throws IOException {
    if (row.isNull(field)) {
      object.writeNull();
      return;
    }
    int offset = row.offset(field);
    int length = row.length(field);
    if (!raw) {
      try {
        // Strict, as a replacement character would lose what was there.
        object.writeString(
            StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(row.array(), offset, length))
                .toString());
        return;
      } catch (CharacterCodingException e) {
        // Bytes that are no text are written as bytes.
      }
    }
    object.writeStartObject();
    object.writeStringField(HEX, HexFormat.of().formatHex(row.array(), offset, offset + length));
    object.writeEndObject();
  }

  /**
   * A row of the table; columns that the text does not have are absent, and others are passed over.
   *
   * @throws IllegalArgumentException if it is no such text
   */
  static Row parse(Table table, String text) {
    Map<String, Optional<byte[]>> values = values(text);
    int size = table.columns().size();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int[] ends = new int[size];
    for (int field = 0; field < size; field++) {
      of(values, table, field).flatMap(value -> value).ifPresent(bytes::writeBytes);
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
  private static Map<String, Optional<byte[]>> values(String text) {
    Map<String, Optional<byte[]>> values = new HashMap<>();
    // Token by token: nothing deep or long is built first.
    try (JsonParser parser = JSON.createParser(text)) {
      require(parser.nextToken() == JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String column = parser.currentName();
        values.put(column, value(parser));
      }
      require(parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null);
    } catch (IOException e) {
      throw new IllegalArgumentException("the ledger holds a malformed dead letter", e);
    }
    return values;
  }

  private static Optional<byte[]> value(JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token == JsonToken.VALUE_STRING) {
      return Optional.of(parser.getText().getBytes(StandardCharsets.UTF_8));
    }
    if (token == JsonToken.VALUE_NULL) {
      return Optional.empty();
    }
    require(token == JsonToken.START_OBJECT);
    require(HEX.equals(parser.nextFieldName()));
    require(parser.nextToken() == JsonToken.VALUE_STRING);
    byte[] bytes = HexFormat.of().parseHex(parser.getText());
    require(parser.nextToken() == JsonToken.END_OBJECT);
    return Optional.of(bytes);
  }

  private static void require(boolean wellFormed) {
    if (!wellFormed) {
      throw new IllegalArgumentException(
          "the ledger holds a malformed dead letter, which should be a JSON object of texts");
    }
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
