package io.tidemark.database.postgres.write;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.postgres.catalog.ReceivingColumn;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.schema.Column;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the target's catalog says about a table that is written to, as far as statements need it.
 *
 * @param table the table as the source has it; its columns, in this order, are what rows hold
 * @param id its name at the target
 * @param name what statements call it, quoted: the same, or where its rows are set aside
 * @param partitioned whether this is the root of a partitioned table, which is written as a whole
 * @param columns the travelling columns, in the order of {@code table}
 * @param allColumns every column that can be written, quoted, also those that do not travel
 */
record TargetTable(
    Table table,
    TableId id,
    String name,
    boolean partitioned,
    List<TargetColumn> columns,
    List<String> allColumns) {

  /**
   * A column at the target.
   *
   * @param name quoted
   * @param type the base type without modifiers, qualified and quoted. A cast to it reads the value
   *     as it is; the assignment to the column then checks it against the modifiers, and raises an
   *     error where a cast with modifiers would silently cut it off (PostgreSQL manual, 8.3)
   * @param receives what it stores
   * @param alwaysIdentity whether an UPDATE is forbidden to assign the column
   * @param comparisons the operators {@code < <= = >= >} of the type's default order. They are
   *     named with their schema, as {@code citext} has its own, outside of the search path
   */
  record TargetColumn(
      String name,
      String type,
      ReceivingColumn receives,
      boolean alwaysIdentity,
      List<String> comparisons) {
    String equal() {
      return comparisons.get(2);
    }

    /** The base type's name alone, unquoted. */
    String typeName() {
      return receives.type();
    }
  }

  private static final List<String> BUILT_IN_COMPARISONS =
      List.of(
          "OPERATOR(pg_catalog.<)",
          "OPERATOR(pg_catalog.<=)",
          "OPERATOR(pg_catalog.=)",
          "OPERATOR(pg_catalog.>=)",
          "OPERATOR(pg_catalog.>)");

  private static final String TABLE =
      """
      SELECT c.oid, c.relkind = 'p'
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p')
      """;

  /** A domain is written as the type below it; the assignment checks its constraints. */
  private static final String COLUMNS =
      ReceivingColumn.BASE
          + """
          SELECT a.attname, n.nspname, t.typname, a.attidentity = 'a',
            ARRAY(SELECT pg_catalog.format('OPERATOR(%I.%s)', opn.nspname, op.oprname)
                  FROM pg_catalog.pg_opclass AS oc
                  JOIN pg_catalog.pg_am AS am ON am.oid = oc.opcmethod AND am.amname = 'btree'
                  JOIN pg_catalog.pg_amop AS ao ON ao.amopfamily = oc.opcfamily
                    AND ao.amoplefttype = t.oid AND ao.amoprighttype = t.oid
                  JOIN pg_catalog.pg_operator AS op ON op.oid = ao.amopopr
                  JOIN pg_catalog.pg_namespace AS opn ON opn.oid = op.oprnamespace
                  WHERE oc.opcdefault AND oc.opcintype = t.oid AND ao.amopstrategy BETWEEN 1 AND 5
                  ORDER BY ao.amopstrategy)
          FROM base AS b
          JOIN pg_catalog.pg_type AS t ON t.oid = b.typid AND t.typtype <> 'd'
          JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
          JOIN pg_catalog.pg_attribute AS a ON a.attrelid = b.attrelid AND a.attnum = b.attnum
          ORDER BY a.attnum
          """;

  TargetTable {
    columns = List.copyOf(columns);
    allColumns = List.copyOf(allColumns);
  }

  /**
   * @throws DatabaseException fatal, if the table or one of its columns is missing at the target
   */
  static TargetTable read(Connection connection, Table table, TableId id) throws SQLException {
    long oid;
    boolean partitioned;
    try (PreparedStatement statement = connection.prepareStatement(TABLE)) {
      statement.setString(1, id.schema());
      statement.setString(2, id.name());
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new DatabaseException(
              DatabaseException.Kind.FATAL,
              "table "
                  + id
                  + " does not exist at the target, but rows for it arrived; create it, or"
                  + " take it out of the job's selection");
        }
        oid = rows.getLong(1);
        partitioned = rows.getBoolean(2);
      }
    }
    Map<String, TargetColumn> found = readColumns(connection, oid);
    List<TargetColumn> columns = new ArrayList<>();
    for (Column column : table.columns()) {
      TargetColumn there = found.get(column.name());
      if (there == null) {
        throw new DatabaseException(
            DatabaseException.Kind.FATAL,
            "table "
                + id
                + " at the target has no column "
                + column.name()
                + " that can be written, but the source's has; add it, or select the columns that"
                + " both have");
      }
      columns.add(there);
    }
    return new TargetTable(
        table,
        id,
        Identifiers.quote(id),
        partitioned,
        columns,
        found.values().stream().map(TargetColumn::name).toList());
  }

  private static Map<String, TargetColumn> readColumns(Connection connection, long oid)
      throws SQLException {
    Map<String, ReceivingColumn> receiving =
        ReceivingColumn.read(connection, List.of(oid)).getOrDefault(oid, Map.of());
    Map<String, TargetColumn> columns = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
      statement.setArray(1, connection.createArrayOf("oid", new Object[] {oid}));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          String[] operators = (String[]) rows.getArray(5).getArray();
          columns.put(
              rows.getString(1),
              new TargetColumn(
                  Identifiers.quote(rows.getString(1)),
                  Identifiers.quote(rows.getString(2)) + "." + Identifiers.quote(rows.getString(3)),
                  Known.require(receiving, rows.getString(1)),
                  rows.getBoolean(4),
                  operators.length == 5 ? List.of(operators) : BUILT_IN_COMPARISONS));
        }
      }
    }
    return columns;
  }

  /**
   * The table in a statement that reads, changes or empties it. ONLY, because the children of
   * ordinary inheritance are tables of their own; a partitioned table is its partitions.
   */
  String onlyName() {
    return (partitioned ? "" : "ONLY ") + name;
  }

  /**
   * The same rows in another table that has the columns.
   *
   * @param other its name, quoted
   */
  TargetTable setAsideIn(String other) {
    return new TargetTable(table, id, other, false, columns, allColumns);
  }

  /** Whether rows for it come in the portable encoding. */
  boolean portable() {
    return table.columns().stream()
        .anyMatch(column -> column.values() != io.tidemark.schema.ValueType.Plain.OWN);
  }
}
