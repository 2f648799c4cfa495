package io.tidemark.verify;

import io.tidemark.database.ConnectionSpec;
import io.tidemark.database.DatabaseException;
import io.tidemark.schema.Known;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** One of the two databases: everything that is read from it is read from one snapshot. */
final class PostgresSide implements AutoCloseable {

  /** The settings that the text of a value depends on, and enough memory to sort in. */
  private static final List<String> SETTINGS =
      List.of(
          "SET client_encoding = 'UTF8'",
          "SET DateStyle = 'ISO'",
          "SET IntervalStyle = 'postgres'",
          "SET TimeZone = 'UTC'",
          "SET extra_float_digits = 3",
          "SET bytea_output = 'hex'",
          "SET lc_monetary = 'C'",
          "SET xmloption = 'content'",
          "SET search_path = ''",
          "SET row_security = off",
          "SET statement_timeout = 0",
          "SET idle_in_transaction_session_timeout = 0",
          "SET work_mem = '64MB'");

  private static final String TABLES =
      """
      SELECT n.nspname, c.relname, c.relkind = 'p' AS partitioned,
             a.attname, a.atttypid::pg_catalog.int8 AS type,
             coalesce(pg_catalog.array_position(
               (SELECT i.indkey::pg_catalog.int2[] FROM pg_catalog.pg_index AS i
                WHERE i.indrelid = c.oid AND i.indisprimary), a.attnum), -1) AS key_place
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
        AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'tidemark')
        AND a.attnum > 0 AND NOT a.attisdropped
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                          AND d.objid = c.oid AND d.deptype = 'e')
      ORDER BY n.nspname, c.relname, a.attnum
      """;

  private static final String SEQUENCES =
      "SELECT schemaname, sequencename, last_value FROM pg_catalog.pg_sequences"
          + " WHERE last_value IS NOT NULL AND schemaname <> 'tidemark'";

  private static final String INDEXES_AND_CONSTRAINTS =
      """
      SELECT n.nspname, c.relname, 'index ' || i.relname AS what
      FROM pg_catalog.pg_index AS x
      JOIN pg_catalog.pg_class AS c ON c.oid = x.indrelid
      JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE x.indisvalid AND x.indisready
      UNION ALL
      SELECT n.nspname, c.relname,
             CASE WHEN k.convalidated THEN 'constraint ' ELSE 'not yet valid constraint ' END
               || k.conname
      FROM pg_catalog.pg_constraint AS k
      JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      """;

  private static final int UUID_OID = 2950;
  private static final List<Long> INTEGER_OIDS = List.of(20L, 21L, 23L);

  /** A table with its columns' types, and the columns of its primary key in the key's order. */
  record SideTable(
      TableId id, boolean partitioned, Map<String, Long> columns, List<String> primaryKey) {

    Optional<KeyField.Order> orderOf(String column) {
      Long type = columns.get(column);
      if (type == null) {
        return Optional.empty();
      }
      return Optional.of(
          INTEGER_OIDS.contains(type)
              ? KeyField.Order.NUMBER
              : type == UUID_OID ? KeyField.Order.OWN : KeyField.Order.TEXT);
    }
  }

  private final Connection connection;

  PostgresSide(ConnectionSpec spec) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", spec.user());
    properties.setProperty("password", spec.password());
    properties.setProperty("ApplicationName", "tidemark verify");
    connection = new org.postgresql.Driver().connect(spec.url(), properties);
    if (connection == null) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          spec.displayUrl() + " is not the URL of a PostgreSQL database");
    }
    try (Statement statement = connection.createStatement()) {
      for (String setting : SETTINGS) {
        statement.execute(setting);
      }
      statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      // The first query fixes what the whole transaction sees.
      statement.execute("SELECT pg_catalog.pg_current_snapshot()");
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  SortedMap<TableId, SideTable> tables() throws SQLException {
    SortedMap<TableId, SideTable> tables = new TreeMap<>();
    SortedMap<TableId, SortedMap<Integer, String>> keys = new TreeMap<>();
    try (PreparedStatement statement = connection.prepareStatement(TABLES);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        TableId id = new TableId(rows.getString("nspname"), rows.getString("relname"));
        SideTable table = tables.get(id);
        if (table == null) {
          table =
              new SideTable(
                  id, rows.getBoolean("partitioned"), new LinkedHashMap<>(), new ArrayList<>());
          tables.put(id, table);
          keys.put(id, new TreeMap<>());
        }
        table.columns().put(rows.getString("attname"), rows.getLong("type"));
        int place = rows.getInt("key_place");
        if (place >= 0) {
          Known.require(keys, id).put(place, rows.getString("attname"));
        }
      }
    }
    keys.forEach((id, columns) -> Known.require(tables, id).primaryKey().addAll(columns.values()));
    return tables;
  }

  SortedMap<TableId, Long> sequences() throws SQLException {
    SortedMap<TableId, Long> sequences = new TreeMap<>();
    try (PreparedStatement statement = connection.prepareStatement(SEQUENCES);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        sequences.put(new TableId(rows.getString(1), rows.getString(2)), rows.getLong(3));
      }
    }
    return sequences;
  }

  /** The names of each table's indexes and constraints, with what they are. */
  SortedMap<TableId, SortedSet<String>> indexesAndConstraints() throws SQLException {
    SortedMap<TableId, SortedSet<String>> names = new TreeMap<>();
    try (PreparedStatement statement = connection.prepareStatement(INDEXES_AND_CONSTRAINTS);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        names
            .computeIfAbsent(
                new TableId(rows.getString(1), rows.getString(2)), id -> new TreeSet<>())
            .add(rows.getString(3));
      }
    }
    return names;
  }

  /** Starts to read the rows of a table in the order of {@code key}, whose fields come first. */
  Rows open(SideTable table, List<String> columns, List<KeyField> key, Optional<String> filter)
      throws SQLException {
    String copy = "COPY (" + query(table, columns, key, filter) + ") TO STDOUT";
    return new Rows(connection.unwrap(PGConnection.class).getCopyAPI().copyOut(copy), key.size());
  }

  private static String query(
      SideTable table, List<String> columns, List<KeyField> key, Optional<String> filter) {
    String list = columns.stream().map(PostgresSide::quote).collect(Collectors.joining(", "));
    String from =
        " FROM "
            + (table.partitioned() ? "" : "ONLY ")
            + quote(table.id().schema())
            + "."
            + quote(table.id().name())
            + filter.map(condition -> " WHERE (" + condition + "\n)").orElse("");
    if (key.get(0).column().isEmpty()) {
      return "SELECT row FROM (SELECT ROW("
          + list
          + ")::pg_catalog.text AS row"
          + from
          + ") AS rows ORDER BY row COLLATE pg_catalog.\"C\"";
    }
    return "SELECT "
        + key.stream().map(k -> quote(k.column())).collect(Collectors.joining(", "))
        + ", "
        + list
        + from
        + " ORDER BY "
        + key.stream()
            .map(k -> k.sortExpression(quote(k.column())))
            .collect(Collectors.joining(", "));
  }

  /** The rows of one table, one at a time; it must be read to its end, or closed. */
  static final class Rows implements AutoCloseable {
    private final CopyOut copy;
    private final int keyFields;

    private Rows(CopyOut copy, int keyFields) {
      this.copy = copy;
      this.keyFields = keyFields;
    }

    Optional<CopyLine> next() throws SQLException {
      byte[] line = copy.readFromCopy();
      return line == null ? Optional.empty() : Optional.of(CopyLine.of(line, keyFields));
    }

    @Override
    public void close() throws SQLException {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  private static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
