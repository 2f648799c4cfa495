package io.tidemark.database.mysql.write;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.jdbc.StagingDialect;
import io.tidemark.database.mysql.value.JsonKeys;
import io.tidemark.database.mysql.value.JsonNumbers;
import io.tidemark.database.shared.ValueLimits;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows as INSERTs of many, each as long as the server takes. */
final class InsertStageLoad implements StagingDialect.Load {

  /** What a row takes beside its texts: quotes, commas, a sequence number. */
  private static final int BYTES_PER_FIELD = 4;

  private static final int BYTES_PER_ROW = 24;

  /** A row, and about how many bytes it takes in a statement. */
  private record Kept(long sequence, boolean deleted, @Nullable Object[] values, long bytes) {}

  private static final ValueLimits JSON =
      ((ValueLimits) JsonNumbers::problem).and(JsonKeys::problem);

  /** The sequence number and the kind. */
  private static final int OWN_FIELDS = 2;

  private final List<String> columns;
  private final String row;
  private final List<Kept> rows = new ArrayList<>();
  private long bytes;

  /**
   * @param columns of the table, in the order of a row's values
   */
  InsertStageLoad(List<String> columns) {
    this.columns = List.copyOf(columns);
    row = "(" + String.join(", ", Collections.nCopies(OWN_FIELDS + columns.size(), "?")) + ")";
  }

  @Override
  public void add(long sequence, boolean deleted, @Nullable Object[] values) {
    long size = BYTES_PER_ROW + (long) BYTES_PER_FIELD * values.length;
    for (Object value : values) {
      if (value instanceof String text) {
        size += text.getBytes(StandardCharsets.UTF_8).length;
      } else if (value instanceof byte[] raw) {
        size += 2L * raw.length;
      }
    }
    rows.add(new Kept(sequence, deleted, values.clone(), size));
    bytes += size;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public int rows() {
    return rows.size();
  }

  @Override
  public void send(Connection connection, String stage) throws SQLException {
    requireKept(connection, stage);
    long longest = TargetServer.read(connection).statementBytes();
    int from = 0;
    while (from < rows.size()) {
      int to = from + 1;
      long size = rows.get(from).bytes();
      while (to < rows.size() && size + rows.get(to).bytes() <= longest) {
        size += rows.get(to).bytes();
        to++;
      }
      insert(connection, stage, rows.subList(from, to));
      from = to;
    }
  }

  /** What MySQL's json would change without a word: see {@link JsonNumbers}, {@link JsonKeys}. */
  private void requireKept(Connection connection, String stage) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet none = statement.executeQuery("SELECT * FROM " + stage + " LIMIT 0")) {
      ResultSetMetaData fields = none.getMetaData();
      for (int i = 0; i < columns.size(); i++) {
        if (fields.getColumnTypeName(OWN_FIELDS + i + 1).equalsIgnoreCase("json")) {
          for (Kept kept : rows) {
            requireKept(columns.get(i), kept.values()[i]);
          }
        }
      }
    }
  }

  private static void requireKept(String column, @Nullable Object document) {
    if (document instanceof String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      String problem = problem(bytes);
      if (!problem.isEmpty()) {
        throw new DatabaseException(
            DatabaseException.Kind.DATA,
            "column " + column + ": a value cannot be written as it is: " + problem);
      }
    }
  }

  private static String problem(byte[] document) {
    try {
      return JSON.problem(document, 0, document.length);
    } catch (NumberFormatException e) {
      return "it is no JSON";
    }
  }

  private void insert(Connection connection, String stage, List<Kept> some) throws SQLException {
    String sql =
        "INSERT INTO "
            + stage
            + " VALUES "
            + String.join(", ", Collections.nCopies(some.size(), row));
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int field = 1;
      for (Kept kept : some) {
        statement.setLong(field++, kept.sequence());
        statement.setInt(field++, kept.deleted() ? 1 : 0);
        for (Object value : kept.values()) {
          bind(statement, field++, value);
        }
      }
      statement.executeUpdate();
    }
  }

  private static void bind(PreparedStatement statement, int field, @Nullable Object value)
      throws SQLException {
    if (value instanceof byte[] raw) {
      statement.setBytes(field, raw);
    } else if (value instanceof Boolean truth) {
      // In quotes, 1 would be 49 in a bit(8).
      statement.setInt(field, truth ? 1 : 0);
    } else {
      statement.setString(field, (String) value);
    }
  }

  @Override
  public void clear() {
    rows.clear();
    bytes = 0;
  }
}
