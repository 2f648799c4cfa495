package io.tidemark.database.postgres.write;

import io.tidemark.database.jdbc.StagingDialect;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** Rows as the text of a COPY (PostgreSQL manual, COPY, "Text Format"). */
final class CopyStageLoad implements StagingDialect.Load {

  private static final HexFormat HEX = HexFormat.of();

  private final ByteArrayOutputStream text = new ByteArrayOutputStream();
  private int rows;

  @Override
  public void add(long sequence, boolean deleted, @Nullable Object[] values) {
    StringBuilder line = new StringBuilder();
    line.append(sequence).append('\t').append(deleted ? 1 : 0);
    for (Object value : values) {
      line.append('\t');
      if (value == null) {
        line.append("\\N");
      } else if (value instanceof byte[] bytes) {
        line.append("\\\\x").append(HEX.formatHex(bytes));
      } else if (value instanceof Boolean truth) {
        // Which a boolean reads, and a bit.
        line.append(truth ? '1' : '0');
      } else {
        escape((String) value, line);
      }
    }
    line.append('\n');
    text.writeBytes(line.toString().getBytes(StandardCharsets.UTF_8));
    rows++;
  }

  private static void escape(String value, StringBuilder line) {
    for (int i = 0; i < value.length(); i++) {
      char character = value.charAt(i);
      switch (character) {
        case '\\' -> line.append("\\\\");
        case '\n' -> line.append("\\n");
        case '\r' -> line.append("\\r");
        case '\t' -> line.append("\\t");
        default -> line.append(character);
      }
    }
  }

  @Override
  public long bytes() {
    return text.size();
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public void send(Connection connection, String stage) throws SQLException {
    try {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(
              "COPY " + stage + " FROM STDIN WITH (FORMAT text)",
              new ByteArrayInputStream(text.toByteArray()));
    } catch (IOException e) {
      throw new SQLException("the COPY was interrupted", "08006", e);
    }
  }

  @Override
  public void clear() {
    text.reset();
    rows = 0;
  }
}
