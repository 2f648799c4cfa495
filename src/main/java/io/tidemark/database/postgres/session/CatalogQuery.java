package io.tidemark.database.postgres.session;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Short queries to the catalog whose parameters are object ids or texts, one or many. */
public final class CatalogQuery {

  /** Makes a value of a row. */
  public interface RowReader<T> {
    /** Reads the row on which the result stands, without moving it. */
    T read(ResultSet row) throws SQLException;
  }

  private CatalogQuery() {}

  /**
   * @param parameters a {@code Collection<Long>} for {@code oid[]}, a {@code String[]} for {@code
   *     text[]}, or whatever the driver takes
   */
  public static <T> List<T> list(
      Connection connection, String sql, RowReader<T> reader, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int index = 0; index < parameters.length; index++) {
        bind(connection, statement, index + 1, parameters[index]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        List<T> values = new ArrayList<>();
        while (rows.next()) {
          values.add(reader.read(rows));
        }
        return values;
      }
    }
  }

  /** The first row, if there is one. */
  public static <T> Optional<T> first(
      Connection connection, String sql, RowReader<T> reader, Object... parameters)
      throws SQLException {
    return list(connection, sql, reader, parameters).stream().findFirst();
  }

  /** Whether there is a row. */
  public static boolean exists(Connection connection, String sql, Object... parameters)
      throws SQLException {
    return first(connection, sql, row -> true, parameters).isPresent();
  }

  /** Rows by what they belong to, in order. */
  public static <K, V> Map<K, List<V>> group(List<V> values, Function<V, K> key) {
    Map<K, List<V>> groups = new LinkedHashMap<>();
    for (V value : values) {
      groups.computeIfAbsent(key.apply(value), any -> new ArrayList<>()).add(value);
    }
    return groups;
  }

  /** The texts of an array column; empty where it is null. */
  public static List<String> texts(ResultSet row, String column) throws SQLException {
    java.sql.Array array = row.getArray(column);
    return array == null ? List.of() : List.of((String[]) array.getArray());
  }

  private static void bind(
      Connection connection, PreparedStatement statement, int index, Object value)
      throws SQLException {
    if (value instanceof Collection<?> oids) {
      statement.setArray(index, connection.createArrayOf("oid", oids.toArray()));
    } else if (value instanceof String[] texts) {
      statement.setArray(index, connection.createArrayOf("text", texts));
    } else {
      statement.setObject(index, value);
    }
  }
}
