package io.tidemark.sink;

import java.util.HexFormat;

/**
 * JSON as far as the ledger holds it: texts, nulls, and what stands around them. Reads from the
 * beginning to the end, with blanks between the parts; single use.
 *
 * <p>Every method that reads throws an {@link IllegalArgumentException} where something else stands
 * than what is asked for.
 */
final class JsonText {

  private static final HexFormat UPPER = HexFormat.of().withUpperCase();

  /** How far apart the first and the last of a character's hexadecimal digits are. */
  private static final int HEX_DIGITS = 4;

  private final String text;
  private int at;

  JsonText(String text) {
    this.text = text;
  }

  /**
   * Appends a text in quotes, with as few escapes as may be and these always of the same form: keys
   * in the ledger are found by their text.
   */
  static void quote(String value, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\b' -> out.append("\\b");
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\f' -> out.append("\\f");
        case '\r' -> out.append("\\r");
        default -> {
          if (c < ' ') {
            out.append("\\u").append(UPPER.toHexDigits(c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** Passes {@code c} if it comes next, and says whether it has. */
  boolean take(char c) {
    boolean next = comes(c);
    if (next) {
      at++;
    }
    return next;
  }

  /** Whether {@code c} comes next. */
  boolean comes(char c) {
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at < text.length() && text.charAt(at) == c;
  }

  void require(char c) {
    if (!take(c)) {
      throw malformed("no " + c);
    }
  }

  void requireNull() {
    require('n');
    if (!text.startsWith("ull", at)) {
      throw malformed("neither a text nor null");
    }
    at += "ull".length();
  }

  void requireEnd() {
    comes(' ');
    if (at < text.length()) {
      throw malformed("no end");
    }
  }

  String requireText() {
    require('"');
    StringBuilder value = new StringBuilder();
    while (true) {
      char c = next();
      if (c == '"') {
        return value.toString();
      }
      if (c < ' ') {
        throw malformed("a control character");
      }
      value.append(c == '\\' ? escaped() : c);
    }
  }

  private char escaped() {
    char c = next();
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'f' -> '\f';
      case 'r' -> '\r';
      case 'u' -> numbered();
      default -> throw malformed("an unknown escape");
    };
  }

  private char numbered() {
    if (text.length() - at < HEX_DIGITS) {
      throw malformed("half an escape");
    }
    char c = (char) HexFormat.fromHexDigits(text, at, at + HEX_DIGITS);
    at += HEX_DIGITS;
    return c;
  }

  private char next() {
    if (at == text.length()) {
      throw malformed("no end of a text");
    }
    return text.charAt(at++);
  }

  private IllegalArgumentException malformed(String what) {
    return new IllegalArgumentException("malformed JSON: there is " + what + " at " + at);
  }
}
