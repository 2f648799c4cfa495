package io.tidemark.sink;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import java.util.List;
import java.util.Optional;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** Keys as the ledger holds them: a JSON array of strings; an infinite bound is null. */
final class KeyText {

  private static final ObjectMapper JSON = new ObjectMapper();

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
    try {
      return new Key(List.of(JSON.readValue(printed, String[].class)));
    } catch (JsonProcessingException | NullPointerException e) {
      throw new IllegalArgumentException("the ledger holds a malformed key: " + printed, e);
    }
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
