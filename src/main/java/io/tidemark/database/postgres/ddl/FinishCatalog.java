package io.tidemark.database.postgres.ddl;

import io.tidemark.database.postgres.catalog.TableRows;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * What a table of the target has of indexes and constraints, asked anew before every step: another
 * run may have done the same in between.
 */
final class FinishCatalog {

  private static final String TABLE =
      """
      SELECT c.oid, c.relkind = 'p' AS partitioned
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p')
      """;

  private static final String CONSTRAINTS =
      """
      SELECT k.conname, k.contype::text AS contype, pg_catalog.pg_get_constraintdef(k.oid) AS definition,
             k.convalidated
      FROM pg_catalog.pg_constraint AS k
      WHERE k.conrelid = ?
      ORDER BY k.conname COLLATE "C"
      """;

  private static final String LEAVES =
      """
      SELECT c.oid, n.nspname, c.relname
      FROM pg_catalog.pg_partition_tree(?::pg_catalog.oid) AS t
      JOIN pg_catalog.pg_class AS c ON c.oid = t.relid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE t.isleaf AND c.relkind = 'r'
      ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
      """;

  private static final String NAME_TAKEN =
      """
      SELECT FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = ?
      """;

  /** A table of the stream, as the target has it. */
  record CopiedTable(long oid, TableId id, boolean partitioned) {}

  record Constraint(String name, String type, String definition, boolean validated) {}

  private final Connection connection;

  FinishCatalog(Connection connection) {
    this.connection = connection;
  }

  Optional<CopiedTable> table(TableId id) throws SQLException {
    return CatalogQuery.first(
        connection,
        TABLE,
        row -> new CopiedTable(row.getLong("oid"), id, row.getBoolean("partitioned")),
        id.schema(),
        id.name());
  }

  List<TableRows.IndexRow> indexes(CopiedTable table) throws SQLException {
    return TableRows.indexes(connection, List.of(table.oid()));
  }

  List<Constraint> constraints(CopiedTable table) throws SQLException {
    return CatalogQuery.list(
        connection,
        CONSTRAINTS,
        row ->
            new Constraint(
                row.getString("conname"),
                row.getString("contype"),
                row.getString("definition"),
                row.getBoolean("convalidated")),
        table.oid());
  }

  /** The partitions of a partitioned table that hold rows. */
  List<CopiedTable> leaves(CopiedTable table) throws SQLException {
    return CatalogQuery.list(
        connection,
        LEAVES,
        row ->
            new CopiedTable(
                row.getLong("oid"),
                new TableId(row.getString("nspname"), row.getString("relname")),
                false),
        table.oid());
  }

  /** The name itself, or one with a number where a constraint of the table has it already. */
  String freeConstraintName(CopiedTable table, String name) throws SQLException {
    List<String> taken = constraints(table).stream().map(Constraint::name).toList();
    String free = name;
    for (int number = 1; taken.contains(free); number++) {
      free = TargetNames.numbered(name, number);
    }
    return free;
  }

  /** The name itself, or one with a number where a relation of the schema has it already. */
  String freeName(TableId table, String name) throws SQLException {
    String free = name;
    for (int number = 1;
        CatalogQuery.exists(connection, NAME_TAKEN, table.schema(), free);
        number++) {
      free = TargetNames.numbered(name, number);
    }
    return free;
  }
}
