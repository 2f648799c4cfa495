package io.tidemark.database.mysql.session;

import io.tidemark.schema.TableId;
import java.util.Collection;
import java.util.HexFormat;
import java.util.stream.Collectors;

/** Writes names and literals for SQL (MySQL manual, 11.2 and 11.1.1). */
public final class Identifiers {

  private Identifiers() {}

  /** The name between back-ticks, so that it means exactly itself. */
  public static String quote(String name) {
    if (name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a MySQL name cannot hold the character U+0000");
    }
    return '`' + name.replace("`", "``") + '`';
  }

  /** {@code `database`.`table`}. */
  public static String quote(TableId id) {
    return quote(id.schema()) + "." + quote(id.name());
  }

  /** {@code `a`, `b`}. */
  public static String list(Collection<String> names) {
    return names.stream().map(Identifiers::quote).collect(Collectors.joining(", "));
  }

  /**
   * {@code 'value'}, in the connection's character set. For sessions of {@link MySqlSessions} only,
   * in which a backslash escapes.
   */
  public static String literal(String value) {
    return "'" + value.replace("\\", "\\\\").replace("'", "''").replace("\0", "\\0") + "'";
  }

  /** {@code x'00ff'}: a string of bytes. */
  public static String bytes(byte[] value) {
    return "x'" + HexFormat.of().formatHex(value) + "'";
  }
}
