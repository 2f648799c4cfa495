package io.tidemark.database.postgres.log;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the catalog says of a type that somebody made: the labels of an enum, or the attributes of a
 * composite type, with which the text of its values changes.
 *
 * @param kind {@code pg_type.typtype}
 * @param parts each by its number; none of other kinds
 */
record TypeFacts(long oid, char kind, Map<Long, String> parts) {

  static TypeFacts parse(String fact) {
    String[] lines = fact.split("\n", -1);
    String[] head = lines[0].split(" ");
    Map<Long, String> parts = new LinkedHashMap<>();
    for (int i = 1; i < lines.length; i++) {
      int space = lines[i].indexOf(' ');
      parts.put(Long.parseLong(lines[i].substring(0, space)), lines[i].substring(space + 1));
    }
    return new TypeFacts(Long.parseLong(head[0]), head[1].charAt(0), parts);
  }

  String print() {
    StringBuilder fact = new StringBuilder().append(oid).append(' ').append(kind);
    parts.forEach((number, part) -> fact.append('\n').append(number).append(' ').append(part));
    return fact.toString();
  }

  /** Compares with the same type. A label that was added changes no value that is there. */
  Optional<String> changeSince(TypeFacts before) {
    if (kind == 'e') {
      for (Map.Entry<Long, String> label : before.parts.entrySet()) {
        String now = parts.get(label.getKey());
        if (!label.getValue().equals(now)) {
          return Optional.of(
              "its label '"
                  + label.getValue()
                  + (now == null ? "' was removed" : "' was renamed to '" + now + "'")
                  + ", which changes every value that has it");
        }
      }
      return Optional.empty();
    }
    return before.parts.equals(parts)
        ? Optional.empty()
        : Optional.of(
            "its attributes were changed, which changes the values of every column of this type");
  }
}
