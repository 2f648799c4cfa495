package io.tidemark.database.jdbc;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keys as the ledger holds them: a JSON array of strings; an infinite bound is null. */
final class KeyText {

  private static final JsonFactory JSON = new JsonFactory();

  private static final int LONGEST_SHOWN = 200;

  private KeyText() {}

  static String print(Key key) {
    StringWriter text = new StringWriter();
    try (JsonGenerator array = JSON.createGenerator(text)) {
      array.writeStartArray();
      for (String value : key.values()) {
        array.writeString(value);
      }
      array.writeEndArray();
    } catch (IOException e) {
      throw new IllegalArgumentException("a key that has no JSON form", e);
    }
    return text.toString();
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
