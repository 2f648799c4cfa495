package io.tidemark.database.postgres.value;

import io.tidemark.database.postgres.value.PostgresType.Array;
import io.tidemark.database.postgres.value.PostgresType.Attribute;
import io.tidemark.database.postgres.value.PostgresType.Composite;
import io.tidemark.database.postgres.value.PostgresType.Multirange;
import io.tidemark.database.postgres.value.PostgresType.Range;
import io.tidemark.database.postgres.value.PostgresType.Structure;
import io.tidemark.schema.ValueType;
import java.util.regex.Pattern;

/**
 * Writes values that are made of others as JSON.
 *
 * <ul>
 *   <li>An array is a JSON array, of arrays where it has several dimensions. One whose indexes do
 *       not start at 1 is {@code {"bounds": "[0:2]", "elements": […]}}.
 *   <li>A row is an object of its attributes; a range {@code {"lower": …, "upper": …, "bounds":
 *       "[)"}} with null for what is infinite, and {@code {"bounds": "empty"}}; a multirange an
 *       array of ranges; an hstore an object of texts.
 *   <li>Within these, numbers are JSON numbers (those that JSON lacks are texts: {@code "NaN"}),
 *       booleans are {@code true} and {@code false}, JSON is itself, bytes are {@code "\\x…"}, and
 *       all else is text as the portable encoding has it. Null is {@code null}.
 * </ul>
 */
final class JsonForm {

  /** What PostgreSQL allows (array.h, MAXDIM). */
  private static final int MOST_DIMENSIONS = 6;

  /** RFC 8259, section 6. */
  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?");

  private JsonForm() {}

  static void write(Structure type, byte[] text, int offset, int length, Bytes out) {
    Literal literal = new Literal(text, offset, offset + length);
    if (type instanceof Array array) {
      array(array, literal, out);
    } else if (type instanceof Composite composite) {
      composite(composite, literal, out);
    } else if (type instanceof Range range) {
      range(range, literal, out);
    } else if (type instanceof Multirange multirange) {
      multirange(multirange, literal, out);
    } else {
      hstore(literal, out);
    }
    literal.requireEnd();
  }

  /** PostgreSQL manual, 8.15.6. */
  private static void array(Array type, Literal literal, Bytes out) {
    if (literal.at('[')) {
      out.add("{\"bounds\": \"");
      while (!literal.at('=')) {
        int c = literal.take();
        if ("[]:+-0123456789".indexOf(c) < 0) {
          throw Literal.malformed();
        }
        out.add(c);
      }
      literal.take();
      out.add("\", \"elements\": ");
      dimension(type, literal, 1, out);
      out.add('}');
    } else {
      dimension(type, literal, 1, out);
    }
  }

  private static void dimension(Array type, Literal literal, int depth, Bytes out) {
    if (depth > MOST_DIMENSIONS) {
      throw Literal.malformed();
    }
    literal.require('{');
    out.add('[');
    for (boolean first = true; !literal.at('}'); first = false) {
      if (!first) {
        literal.require(type.delimiter());
        out.add(", ");
      }
      if (literal.at('{')) {
        dimension(type, literal, depth + 1, out);
        continue;
      }
      boolean quoted = literal.at('"');
      Bytes element = literal.field(type.delimiter(), '}');
      if (!quoted && element.size() == 0) {
        throw Literal.malformed();
      }
      if (!quoted && element.size() == 4 && element.text().equals("NULL")) {
        out.add("null");
      } else {
        value(type.element(), element, out);
      }
    }
    literal.require('}');
    out.add(']');
  }

  /** PostgreSQL manual, 8.16.6. */
  private static void composite(Composite type, Literal literal, Bytes out) {
    literal.require('(');
    out.add('{');
    boolean first = true;
    for (Attribute attribute : type.attributes()) {
      if (!first) {
        literal.require(',');
        out.add(", ");
      }
      first = false;
      Bytes name = new Bytes();
      name.add(attribute.name());
      string(name, out);
      out.add(": ");
      if (literal.at(',') || literal.at(')')) {
        out.add("null");
      } else {
        value(attribute.type(), literal.field(',', ')'), out);
      }
    }
    literal.require(')');
    out.add('}');
  }

  /** PostgreSQL manual, 8.17.5. */
  private static void range(Range type, Literal literal, Bytes out) {
    if (literal.at('e')) {
      for (int i = 0; i < "empty".length(); i++) {
        literal.require("empty".charAt(i));
      }
      out.add("{\"bounds\": \"empty\"}");
      return;
    }
    int lower = literal.take();
    out.add("{\"lower\": ");
    bound(type, literal, out);
    literal.require(',');
    out.add(", \"upper\": ");
    bound(type, literal, out);
    int upper = literal.take();
    if (lower != '[' && lower != '(' || upper != ']' && upper != ')') {
      throw Literal.malformed();
    }
    out.add(", \"bounds\": \"");
    out.add(lower);
    out.add(upper);
    out.add("\"}");
  }

  private static void bound(Range type, Literal literal, Bytes out) {
    if (literal.at(',') || literal.at(')') || literal.at(']')) {
      out.add("null");
    } else {
      value(type.bound(), literal.field(',', ')', ']'), out);
    }
  }

  private static void multirange(Multirange type, Literal literal, Bytes out) {
    literal.require('{');
    out.add('[');
    for (boolean first = true; !literal.at('}'); first = false) {
      if (!first) {
        literal.require(',');
        out.add(", ");
      }
      range(type.range(), literal, out);
    }
    literal.require('}');
    out.add(']');
  }

  /** PostgreSQL manual, F.16.1. */
  private static void hstore(Literal literal, Bytes out) {
    out.add('{');
    for (boolean first = true; !literal.ended(); first = false) {
      if (!first) {
        literal.require(',');
        literal.require(' ');
        out.add(", ");
      }
      string(literal.field('='), out);
      literal.require('=');
      literal.require('>');
      out.add(": ");
      if (literal.at('"')) {
        string(literal.field(','), out);
      } else {
        if (!literal.field(',').text().equals("NULL")) {
          throw Literal.malformed();
        }
        out.add("null");
      }
    }
    out.add('}');
  }

  private static void value(PostgresType type, Bytes text, Bytes out) {
    if (type instanceof Structure structure) {
      write(structure, text.array(), 0, text.size(), out);
      return;
    }
    ValueType portable = type.portable();
    if (portable == ValueType.Plain.JSON) {
      out.add(text);
      return;
    }
    Bytes encoded = new Bytes();
    ToPortable.of(type).encode(text.array(), 0, text.size(), encoded);
    if (portable == ValueType.Plain.BOOLEAN) {
      out.add(encoded.array()[0] == '1' ? "true" : "false");
    } else if (portable.isRaw()) {
      string(text, out);
    } else if (isNumber(portable, encoded)) {
      out.add(encoded);
    } else {
      string(encoded, out);
    }
  }

  /** Whether it is a JSON number; of those that are numbers to PostgreSQL some are words. */
  private static boolean isNumber(ValueType type, Bytes text) {
    boolean number =
        type instanceof ValueType.Int
            || type == ValueType.Plain.NUMBER
            || type instanceof ValueType.Decimal
            || type instanceof ValueType.Real;
    if (!number) {
      return false;
    }
    String printed = text.text();
    if (printed.equals("NaN") || printed.equals("Infinity") || printed.equals("-Infinity")) {
      return false;
    }
    if (!NUMBER.matcher(printed).matches()) {
      throw Literal.malformed();
    }
    return true;
  }

  /** A text in quotes (RFC 8259, section 7). */
  private static void string(Bytes text, Bytes out) {
    out.add('"');
    for (int i = 0; i < text.size(); i++) {
      byte b = text.array()[i];
      if (b == '"' || b == '\\') {
        out.add('\\');
        out.add(b);
      } else if (b >= 0 && b < 0x20) {
        out.add("\\u00%02x".formatted(b));
      } else {
        out.add(b);
      }
    }
    out.add('"');
  }

  /** The text form of a value that is made of others, read from its start to its end. */
  private static final class Literal {
    private final byte[] text;
    private final int end;
    private int at;

    Literal(byte[] text, int start, int end) {
      this.text = text;
      this.at = start;
      this.end = end;
    }

    boolean ended() {
      return at == end;
    }

    boolean at(char c) {
      return at < end && text[at] == c;
    }

    int take() {
      if (at == end) {
        throw malformed();
      }
      return text[at++];
    }

    void require(char c) {
      if (take() != c) {
        throw malformed();
      }
    }

    void requireEnd() {
      if (at != end) {
        throw malformed();
      }
    }

    /**
     * The text up to one of {@code ends} outside of quotes. Within quotes and without, a backslash
     * stands before a character that means itself; two quotes within quotes are one.
     */
    Bytes field(char... ends) {
      Bytes field = new Bytes();
      boolean quoted = false;
      while (true) {
        if (at == end) {
          if (quoted) {
            throw malformed();
          }
          return field;
        }
        byte b = text[at];
        if (b == '\\') {
          at++;
          field.add(take());
        } else if (b == '"') {
          at++;
          if (quoted && at('"')) {
            field.add('"');
            at++;
          } else {
            quoted = !quoted;
          }
        } else if (!quoted && isOneOf(ends, b)) {
          return field;
        } else {
          field.add(b);
          at++;
        }
      }
    }

    private static boolean isOneOf(char[] ends, byte b) {
      for (char c : ends) {
        if (c == b) {
          return true;
        }
      }
      return false;
    }

    static IllegalArgumentException malformed() {
      return new IllegalArgumentException("not in the form of its type");
    }
  }
}
