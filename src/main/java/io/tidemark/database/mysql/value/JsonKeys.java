package io.tidemark.database.mysql.value;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * Finds objects in JSON text that have a key twice, as PostgreSQL's {@code json} lets them: MySQL's
 * keeps the last of them only (MySQL manual, 13.5).
 */
public final class JsonKeys {

  private JsonKeys() {}

  /**
   * @param bytes well-formed JSON text
   * @return why the type cannot hold it; empty if it can
   */
  public static String problem(byte[] bytes, int offset, int length) {
    Deque<Set<String>> open = new ArrayDeque<>();
    int end = offset + length;
    int at = offset;
    while (at < end) {
      byte b = bytes[at];
      if (b == '{') {
        open.push(new HashSet<>());
      } else if (b == '}') {
        open.pop();
      } else if (b == '"') {
        int from = at + 1;
        int to = from;
        while (to < end && bytes[to] != '"') {
          to += bytes[to] == '\\' ? 2 : 1;
        }
        at = to;
        if (isKey(bytes, to + 1, end) && !open.element().add(text(bytes, from, to))) {
          return "an object in it has a key twice, of which the column's type keeps one";
        }
      }
      at++;
    }
    return "";
  }

  private static boolean isKey(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end
        && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\n' || bytes[at] == '\r')) {
      at++;
    }
    return at < end && bytes[at] == ':';
  }

  /** With its escapes undone, as two keys may be the same in different spelling. */
  private static String text(byte[] bytes, int from, int to) {
    String raw = new String(bytes, from, to - from, StandardCharsets.UTF_8);
    if (raw.indexOf('\\') < 0) {
      return raw;
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      i++;
      char escaped = raw.charAt(i);
      if (escaped == 'u') {
        text.append((char) Integer.parseInt(raw.substring(i + 1, i + 5), 16));
        i += 4;
      } else {
        text.append(
            switch (escaped) {
              case 'b' -> '\b';
              case 'f' -> '\f';
              case 'n' -> '\n';
              case 'r' -> '\r';
              case 't' -> '\t';
              default -> escaped;
            });
      }
    }
    return text.toString();
  }
}
