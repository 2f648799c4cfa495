package io.tidemark.sink;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Keys as the ledger holds them: a JSON array of strings; an infinite bound is null. */
final class KeyText {

  private static final int LONGEST_SHOWN = 200;

  private KeyText() {}

  static String print(Key key) {
    StringBuilder printed = new StringBuilder();
    for (String value : key.values()) {
      printed.append(printed.isEmpty() ? '[' : ',');
      JsonText.quote(value, printed);
    }
    return printed.append(']').toString();
  }

  /**
   * @throws IllegalArgumentException if it is not an array of strings
   */
  static Key parse(String printed) {
    try {
      JsonText json = new JsonText(printed);
      List<String> values = new ArrayList<>();
      json.require('[');
      do {
        values.add(json.requireText());
      } while (json.take(','));
      json.require(']');
      json.requireEnd();
      return new Key(values);
    } catch (IllegalArgumentException e) {
      throw malformed(printed, e);
    }
  }

  private static IllegalArgumentException malformed(String printed, Exception cause) {
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
