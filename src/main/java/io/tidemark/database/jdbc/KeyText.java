package io.tidemark.database.jdbc;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.jspecify.annotations.Nullable;

/** Keys as the ledger holds them: a JSON array of strings; an infinite bound is null. */
final class KeyText {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final int LONGEST_SHOWN = 200;

  private KeyText() {}

  static String print(Key key) {
    try {
      return JSON.writeValueAsString(key.values());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("a key that has no JSON form", e);
    }
  }

  /**
   * @throws IllegalArgumentException if it is not an array of strings
   */
  static Key parse(String printed) {
    // Token by token: nothing is converted to a text, and nothing deep or long is built first.
    List<String> values = new ArrayList<>();
    try (JsonParser parser = JSON.createParser(printed)) {
      boolean array = parser.nextToken() == JsonToken.START_ARRAY;
      while (array && parser.nextToken() == JsonToken.VALUE_STRING) {
        values.add(parser.getText());
      }
      if (parser.currentToken() != JsonToken.END_ARRAY
          || values.isEmpty()
          || parser.nextToken() != null) {
        throw malformed(printed, null);
      }
    } catch (IOException e) {
      throw malformed(printed, e);
    }
    return new Key(values);
  }

  private static IllegalArgumentException malformed(String printed, @Nullable Exception cause) {
    String shown =
        printed.length() <= LONGEST_SHOWN ? printed : printed.substring(0, LONGEST_SHOWN) + "…";
    return new IllegalArgumentException(
        "the ledger holds a malformed key, which should be a JSON array of texts: " + shown, cause);
  }

  /** The printed lower and upper bound, each of them null if it is infinite. */
  static Optional<String> from(KeyRange range) {
    return range instanceof KeyRange.Between between
        ? between.from().map(KeyText::print)
        : Optional.empty();
  }

  static Optional<String> to(KeyRange range) {
    return range instanceof KeyRange.Between between
        ? between.to().map(KeyText::print)
        : Optional.empty();
  }

  static KeyRange range(Optional<String> from, Optional<String> to) {
    return KeyRange.between(from.map(KeyText::parse), to.map(KeyText::parse));
  }
}
