package io.tidemark.verify;

import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;

/**
 * One text for all JSON texts that mean the same (RFC 8259): no blanks, keys in order, of equal
 * keys the last, numbers without trailing zeros and exponents of one form, texts with the fewest
 * escapes. Single use.
 */
final class CanonicalJson {

  /** Deeper than any database lets JSON be. */
  private static final int MOST_DEPTH = 10_000;

  private final String text;
  private int at;
  private int depth;

  private CanonicalJson(String text) {
    this.text = text;
  }

  /**
   * @throws IllegalArgumentException if it is no JSON
   */
  static String of(String text) {
    CanonicalJson json = new CanonicalJson(text);
    StringBuilder out = new StringBuilder();
    try {
      json.value(out);
    } catch (StackOverflowError e) {
      throw malformed(); // deeper than this thread's stack, and than what anybody writes
    }
    json.blanks();
    if (json.at != text.length()) {
      throw malformed();
    }
    return out.toString();
  }

  private void value(StringBuilder out) {
    blanks();
    switch (peek()) {
      case '{' -> object(out);
      case '[' -> array(out);
      case '"' -> print(string(), out);
      case 't' -> word("true", out);
      case 'f' -> word("false", out);
      case 'n' -> word("null", out);
      default -> number(out);
    }
  }

  private void object(StringBuilder out) {
    enter();
    Map<String, String> members = new TreeMap<>();
    blanks();
    while (peek() != '}') {
      if (!members.isEmpty()) {
        require(',');
        blanks();
      }
      String key = string();
      blanks();
      require(':');
      StringBuilder value = new StringBuilder();
      value(value);
      members.put(key, value.toString());
      blanks();
    }
    leave();
    out.append('{');
    members.forEach(
        (key, value) -> {
          out.append(out.charAt(out.length() - 1) == '{' ? "" : ",");
          print(key, out);
          out.append(':').append(value);
        });
    out.append('}');
  }

  private void array(StringBuilder out) {
    enter();
    out.append('[');
    blanks();
    for (boolean first = true; peek() != ']'; first = false) {
      if (!first) {
        require(',');
        out.append(',');
      }
      value(out);
      blanks();
    }
    leave();
    out.append(']');
  }

  private void enter() {
    at++;
    if (++depth > MOST_DEPTH) {
      throw malformed();
    }
  }

  private void leave() {
    at++;
    depth--;
  }

  private String string() {
    require('"');
    StringBuilder string = new StringBuilder();
    while (peek() != '"') {
      char c = text.charAt(at++);
      if (c != '\\') {
        string.append(c);
        continue;
      }
      char escaped = peek();
      at++;
      switch (escaped) {
        case 'b' -> string.append('\b');
        case 'f' -> string.append('\f');
        case 'n' -> string.append('\n');
        case 'r' -> string.append('\r');
        case 't' -> string.append('\t');
        case 'u' -> {
          if (at + 4 > text.length()) {
            throw malformed();
          }
          try {
            string.append((char) Integer.parseUnsignedInt(text, at, at + 4, 16));
          } catch (NumberFormatException e) {
            throw malformed();
          }
          at += 4;
        }
        default -> string.append(escaped);
      }
    }
    at++;
    return string.toString();
  }

  private static void print(String string, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (c == '"' || c == '\\' || c < 0x20) {
        out.append('\\').append((int) c).append(';');
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  private void word(String word, StringBuilder out) {
    if (!text.startsWith(word, at)) {
      throw malformed();
    }
    at += word.length();
    out.append(word);
  }

  private void number(StringBuilder out) {
    int start = at;
    while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    if (start == at) {
      throw malformed();
    }
    BigDecimal number;
    try {
      number = new BigDecimal(text.substring(start, at));
    } catch (NumberFormatException e) {
      throw malformed();
    }
    out.append(number.signum() == 0 ? "0" : number.stripTrailingZeros().toString());
  }

  private void blanks() {
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    if (at == text.length()) {
      throw malformed();
    }
    return text.charAt(at);
  }

  private void require(char c) {
    if (peek() != c) {
      throw malformed();
    }
    at++;
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException("not JSON");
  }
}
