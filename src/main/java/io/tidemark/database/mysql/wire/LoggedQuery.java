package io.tidemark.database.mysql.wire;

import io.tidemark.database.mysql.session.EventBytes;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * A statement as text (MySQL internals, "Query_event").
 *
 * @param schema the session's default database
 */
public record LoggedQuery(String schema, String sql) {

  private static final int FLAGS2 = 0;
  private static final int SQL_MODE = 1;
  private static final int CATALOG = 2;
  private static final int AUTO_INCREMENT = 3;
  private static final int CHARSET = 4;
  private static final int CATALOG_NZ = 6;

  /** The collations of latin1, in which old clients write. */
  private static final Set<Integer> LATIN1 = Set.of(5, 8, 15, 31, 47, 48, 49, 94);

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
    return new LoggedQuery(schema, new String(sql, charset(variables)));
  }

  private static Charset charset(EventBytes variables) {
    while (variables.hasRemaining()) {
      switch (variables.u8()) {
        case FLAGS2, AUTO_INCREMENT -> variables.skip(4);
        case SQL_MODE -> variables.skip(8);
        case CATALOG -> variables.skip(variables.u8() + 1L);
        case CATALOG_NZ -> variables.skip(variables.u8());
        case CHARSET -> {
          return LATIN1.contains(variables.u16())
              ? Charset.forName("windows-1252")
              : StandardCharsets.UTF_8;
        }
        default -> {
          return StandardCharsets.UTF_8;
        }
      }
    }
    return StandardCharsets.UTF_8;
  }
}
