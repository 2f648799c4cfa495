package io.tidemark.database.postgres.session;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.schema.TableId;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;

/**
 * A database with {@code ENCODING 'SQL_ASCII'}, whose bytes above 127 mean whatever their writers
 * meant (PostgreSQL manual, 24.3.1). What is UTF-8 is copied byte for byte; what is not is refused,
 * as nobody can say which text it is.
 */
public final class SqlAscii {

  /** The encoding's name. */
  public static final String NAME = "SQL_ASCII";

  /** What the server calls bytes that are not of the client's encoding. */
  public static final String NOT_IN_ENCODING = "22021";

  private SqlAscii() {}

  /** Whether the connection is to such a database. */
  public static boolean isEncodingOf(Connection connection) throws SQLException {
    return NAME.equals(connection.unwrap(PGConnection.class).getParameterStatus("server_encoding"));
  }

  /** Whether the bytes can be copied as they are. */
  public static boolean isText(byte[] bytes, int offset, int length) {
    boolean ascii = true;
    for (int i = offset; i < offset + length && ascii; i++) {
      ascii = bytes[i] >= 0;
    }
    if (ascii) {
      return true;
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, offset, length));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /**
   * A value that cannot be copied.
   *
   * @param key of the row, for a person; empty if it cannot be told
   * @param logged whether the log holds it, where nothing can correct it any more
   */
  public static DatabaseException refusal(
      TableId table, String key, String column, boolean logged) {
    String quoted = Identifiers.quote(column);
    return new DatabaseException(
        Kind.FATAL,
        "source: table "
            + table
            + (key.isEmpty() ? "" : ", row " + key)
            + ", column "
            + column
            + ": the value has bytes that are not UTF-8, and the database's encoding is SQL_ASCII, so"
            + " that nobody knows which text they are. Where it is, for example, LATIN1: "
            + conversion(table, quoted)
            + " (for every row whose bytes are not UTF-8 yet). "
            + (logged
                ? "The log holds the value as it was written, so that after this the stream has to be"
                    + " dropped with ./tidemark drop and copied again"
                : "Then start the job again")
            + "; or leave the column out under source.columns");
  }

  /** Converts a column of text in such a database, in its place. */
  public static String conversion(TableId table, String quotedColumn) {
    return "UPDATE "
        + Identifiers.quote(table)
        + " SET "
        + quotedColumn
        + " = convert_from(convert(convert_to("
        + quotedColumn
        + ", 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'SQL_ASCII') WHERE …";
  }
}
