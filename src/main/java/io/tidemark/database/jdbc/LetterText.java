package io.tidemark.database.jdbc;

import io.tidemark.change.Row;
import io.tidemark.schema.Table;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Rows as the ledger holds them: a JSON object of column and value. A value is null, a text in the
 * portable encoding, or, where that is bytes, {@code {"hex": "00ff"}}. An absent field has no
 * member.
 */
final class LetterText {

  private static final ObjectMapper JSON = new ObjectMapper();

  private LetterText() {}

  static String print(Table table, Row row) {
    ObjectNode object = JSON.createObjectNode();
    for (int field = 0; field < row.size(); field++) {
      String column = table.columns().get(field).name();
      if (row.isNull(field)) {
        object.putNull(column);
      } else if (row.isPresent(field)) {
        put(object, column, table.columns().get(field).values().isRaw(), row, field);
      }
    }
    return object.toString();
  }

  private static void put(ObjectNode object, String column, boolean raw, Row row, int field) {
    int offset = row.offset(field);
    int length = row.length(field);
    if (!raw) {
      try {
        // Strict, as a replacement character would lose what was there.
        object.put(
            column,
            StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(row.array(), offset, length))
                .toString());
        return;
      } catch (CharacterCodingException e) {
        // Bytes that are no text are written as bytes.
      }
    }
    object
        .putObject(column)
        .put("hex", HexFormat.of().formatHex(row.array(), offset, offset + length));
  }

  /**
   * A row of the table; columns that the text does not have are absent.
   *
   * @throws IllegalArgumentException if it is no such text
   */
  static Row parse(Table table, String text) {
    JsonNode object;
    try {
      object = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the ledger holds a malformed dead letter", e);
    }
    int size = table.columns().size();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int[] ends = new int[size];
    for (int field = 0; field < size; field++) {
      JsonNode value = object.path(table.columns().get(field).name());
      if (value.isTextual()) {
        bytes.writeBytes(value.textValue().getBytes(StandardCharsets.UTF_8));
      } else if (value.isObject()) {
        bytes.writeBytes(HexFormat.of().parseHex(value.path("hex").asText()));
      }
      ends[field] = bytes.size();
    }
    Row.Builder row = Row.builder(bytes.toByteArray(), size);
    for (int field = 0; field < size; field++) {
      JsonNode value = object.path(table.columns().get(field).name());
      int start = field == 0 ? 0 : ends[field - 1];
      if (value.isNull()) {
        row.setNull(field);
      } else if (!value.isMissingNode()) {
        row.setValue(field, start, ends[field] - start);
      }
    }
    return row.build();
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
