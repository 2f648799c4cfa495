package io.tidemark.database.postgres.catalog;

import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.schema.TableId;
import java.util.Optional;

/**
 * A part of a table that holds rows: a leaf of a partitioned one, or the table itself. Immutable.
 */
public final class TablePart {

  private static final String PART =
      """
      SELECT pg_catalog.format('%I.%I', n.nspname, c.relname),
             pg_catalog.has_schema_privilege(n.oid, 'USAGE')
               AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.oid = ?::bigint::oid
      """;

  /**
   * The last transaction id before which every one has been committed or rolled back; and the one
   * of the transaction that asks, if it has one, of which no other writes a row.
   */
  private static final String MOMENT =
      """
      SELECT pg_catalog.concat_ws(' ',
        (pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text::bigint - 1)
          % 4294967296,
        pg_catalog.pg_current_xact_id_if_assigned()::text::bigint % 4294967296)
      """;

  private final TableId table;
  private final String oid;
  private final String name;

  /** Whether this account may read it by itself, and not only by way of its table. */
  private final boolean readable;

  private TablePart(TableId table, String oid, String name, boolean readable) {
    this.table = table;
    this.oid = oid;
    this.name = name;
    this.readable = readable;
  }

  /** The part of this object id; empty if there is none. */
  public static Optional<TablePart> find(PostgresQueries queries, TableId table, String oid) {
    return queries.first(
        "looking for a part of table " + table,
        PART,
        row -> new TablePart(table, oid, row.getString(1), row.getBoolean(2)),
        oid);
  }

  /** The present moment, for {@link #hasRowOf}. */
  public static String moment(PostgresQueries queries) {
    return queries.one("asking for the current transaction ids", MOMENT, row -> row.getString(1));
  }

  /** Whether it holds a row that was there at a moment already; never, if that is not known. */
  public boolean hasRowOf(PostgresQueries queries, String moment) {
    String[] ids = moment.split(" ");
    return !moment.isEmpty()
        && hasRow(
            queries,
            "pg_catalog.age(xmin) >= pg_catalog.age(?::text::xid) OR xmin = ?::text::xid",
            ids[0],
            ids[ids.length - 1]);
  }

  /**
   * Reads the part until a row meets a condition. Whoever reads a partition by way of its root
   * needs privileges on the root only (PostgreSQL manual, 5.12.2 and GRANT).
   */
  boolean hasRow(PostgresQueries queries, String condition, Object... values) {
    String from =
        readable
            ? "ONLY " + name + " WHERE ("
            : Identifiers.quote(table) + " WHERE tableoid = " + oid + " AND (";
    return queries.one(
        "looking for the rows of table " + table,
        "SELECT EXISTS (SELECT FROM " + from + condition + "))",
        row -> row.getBoolean(1),
        values);
  }
}
