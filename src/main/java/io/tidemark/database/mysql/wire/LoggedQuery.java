package io.tidemark.database.mysql.wire;

import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.SqlWords;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/**
 * A statement as text (MySQL internals, "Query_event").
 *
 * @param schema the session's default database
 * @param sql with U+FFFD in place of what its session's character set does not let be read for sure
 * @param sqlMode the session's {@code sql_mode}, as far as it decides how a statement is taken
 *     apart
 */
public record LoggedQuery(String schema, String sql, long sqlMode) {

  private static final int FLAGS2 = 0;
  private static final int SQL_MODE = 1;
  private static final int CATALOG = 2;
  private static final int AUTO_INCREMENT = 3;
  private static final int CHARSET = 4;
  private static final int CATALOG_NZ = 6;

  private static final long ANSI_QUOTES = 1 << 2;
  private static final long NO_BACKSLASH_ESCAPES = 1 << 20;

  /** The collations of latin1, in which old clients write. */
  private static final Set<Integer> LATIN1 = Set.of(5, 8, 15, 31, 47, 48, 49, 94);

  /**
   * The collations of utf8mb3 and utf8mb4, as the two servers number them: the old ones, MySQL's
   * for UCA 4.0, 5.2 and 9.0, MariaDB's own, and its without padding and for UCA 14.0.
   */
  private static final List<Range> UTF8 =
      List.of(
          new Range(33, 33),
          new Range(45, 46),
          new Range(76, 76),
          new Range(83, 83),
          new Range(192, 215),
          new Range(223, 247),
          new Range(255, 323),
          new Range(576, 578),
          new Range(608, 610),
          new Range(1057, 1057),
          new Range(1069, 1070),
          new Range(1107, 1107),
          new Range(1216, 1238),
          new Range(1248, 1270),
          new Range(2048, 2559));

  private record Range(int first, int last) {
    boolean has(int number) {
      return number >= first && number <= last;
    }
  }

  /**
   * @throws IllegalArgumentException if it is malformed
   */
  public static LoggedQuery parse(EventBytes body) {
    body.skip(8); // the session's number, and how long it took
    int schemaLength = body.u8();
    body.skip(2); // error code
    EventBytes variables = body.take(body.u16());
    String schema = body.text(schemaLength);
    body.skip(1);
    byte[] sql = body.bytes(body.remaining());
    long mode = 0;
    // In every character set that a client may have, ASCII is ASCII until something else comes.
    Charset charset = StandardCharsets.US_ASCII;
    while (variables.hasRemaining()) {
      switch (variables.u8()) {
        case FLAGS2, AUTO_INCREMENT -> variables.skip(4);
        case SQL_MODE -> mode = variables.i64() & (ANSI_QUOTES | NO_BACKSLASH_ESCAPES);
        case CATALOG -> variables.skip(variables.u8() + 1L);
        case CATALOG_NZ -> variables.skip(variables.u8());
        case CHARSET -> {
          charset = charset(variables.u16());
          variables.skip(variables.remaining());
        }
        // They are written in this order, and nothing behind them matters.
        default -> variables.skip(variables.remaining());
      }
    }
    return new LoggedQuery(schema, new String(sql, charset), mode);
  }

  private static Charset charset(int collation) {
    if (UTF8.stream().anyMatch(range -> range.has(collation))) {
      return StandardCharsets.UTF_8;
    }
    return LATIN1.contains(collation) ? Charset.forName("windows-1252") : StandardCharsets.US_ASCII;
  }

  /**
   * How the server took it apart.
   *
   * @param mariaDb whether that was MariaDB
   */
  public SqlWords.Dialect dialect(boolean mariaDb) {
    return new SqlWords.Dialect(
        mariaDb, (sqlMode & ANSI_QUOTES) != 0, (sqlMode & NO_BACKSLASH_ESCAPES) == 0);
  }
}
