package io.tidemark.database.mysql.value;

import io.tidemark.database.mysql.session.ValueBytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A part of a JSON document of MySQL, which prints as the server prints it (MySQL manual, 13.5):
 * keys in the order of their length and then of their bytes, a space behind each comma and colon.
 */
public sealed interface JsonNode {

  /** Appends its text in UTF-8, on one line. */
  void print(ValueBytes out);

  /** A key's UTF-8 bytes, in the server's order of keys (json_dom.h, Json_key_comparator). */
  record Key(byte[] bytes) implements Comparable<Key> {
    private static final Comparator<Key> ORDER =
        Comparator.<Key>comparingInt(key -> key.bytes.length)
            .thenComparing((a, b) -> Arrays.compareUnsigned(a.bytes, b.bytes));

    static Key of(String text) {
      return new Key(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int compareTo(Key other) {
      return ORDER.compare(this, other);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  /** Members by their keys; may be changed while a document is put together. */
  record Members(TreeMap<Key, JsonNode> members) implements JsonNode {
    @Override
    public void print(ValueBytes out) {
      out.put('{');
      boolean first = true;
      for (Map.Entry<Key, JsonNode> member : members.entrySet()) {
        if (!first) {
          out.ascii(", ");
        }
        first = false;
        quote(member.getKey().bytes, 0, member.getKey().bytes.length, out);
        out.ascii(": ");
        member.getValue().print(out);
      }
      out.put('}');
    }
  }

  /** Elements in order; may be changed while a document is put together. */
  record Elements(List<JsonNode> elements) implements JsonNode {
    @Override
    public void print(ValueBytes out) {
      out.put('[');
      for (int i = 0; i < elements.size(); i++) {
        if (i > 0) {
          out.ascii(", ");
        }
        elements.get(i).print(out);
      }
      out.put(']');
    }
  }

  /** A value as it is printed. */
  record Scalar(byte[] printed) implements JsonNode {
    static Scalar of(String ascii) {
      return new Scalar(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    static Scalar quoted(byte[] bytes, int offset, int length) {
      ValueBytes out = new ValueBytes(length + 2);
      quote(bytes, offset, length, out);
      return new Scalar(Arrays.copyOf(out.array(), out.size()));
    }

    @Override
    public void print(ValueBytes out) {
      out.put(printed);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Scalar scalar && Arrays.equals(printed, scalar.printed);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(printed);
    }
  }

  /** Writes UTF-8 text between quotes (json_dom.cc, double_quote). */
  static void quote(byte[] bytes, int offset, int length, ValueBytes out) {
    out.put('"');
    int copied = offset;
    int end = offset + length;
    for (int i = offset; i < end; i++) {
      int c = bytes[i] & 0xff;
      if (c < 0x20 || c == '"' || c == '\\') {
        out.put(bytes, copied, i - copied);
        copied = i + 1;
        escape(c, out);
      }
    }
    out.put(bytes, copied, end - copied);
    out.put('"');
  }

  private static void escape(int c, ValueBytes out) {
    switch (c) {
      case '"' -> out.ascii("\\\"");
      case '\\' -> out.ascii("\\\\");
      case '\b' -> out.ascii("\\b");
      case '\f' -> out.ascii("\\f");
      case '\n' -> out.ascii("\\n");
      case '\r' -> out.ascii("\\r");
      case '\t' -> out.ascii("\\t");
      default -> out.ascii(String.format(java.util.Locale.ROOT, "\\u%04x", c));
    }
  }
}
