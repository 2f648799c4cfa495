package io.tidemark.database.postgres.session;

import io.tidemark.schema.TableId;
import java.util.Collection;
import java.util.stream.Collectors;

/**
 * Writes names and values into SQL. Always quotes, so that reserved words, capitals, dots and
 * quotes need no thought (PostgreSQL manual, 4.1.1 and 4.1.2).
 */
public final class Identifiers {

  private Identifiers() {}

  /** {@code "name"}. */
  public static String quote(String name) {
    refuseNul(name);
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** {@code "schema"."name"}. */
  public static String quote(TableId id) {
    return quote(id.schema()) + "." + quote(id.name());
  }

  /** On one line, and no other name is the same there. */
  public static String line(String name) {
    return name.replace("\\", "\\\\").replace("\n", "\\n");
  }

  /** {@code "a", "b"}. */
  public static String list(Collection<String> names) {
    return names.stream().map(Identifiers::quote).collect(Collectors.joining(", "));
  }

  /**
   * {@code 'value'}, or {@code E'…'} where there is a backslash, so that it means the same whatever
   * {@code standard_conforming_strings} says.
   */
  public static String literal(String value) {
    refuseNul(value);
    String quoted = "'" + value.replace("'", "''") + "'";
    return value.indexOf('\\') < 0 ? quoted : "E" + quoted.replace("\\", "\\\\");
  }

  private static void refuseNul(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("PostgreSQL text cannot hold the character U+0000");
    }
  }
}
