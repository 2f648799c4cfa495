package io.tidemark.database.postgres.catalog;

import io.tidemark.schema.TableId;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The column by which a table numbers its rows: an identity, or a default that is the next value of
 * a sequence. Of several it is one in the primary key, and otherwise the first.
 *
 * @param sequence where the numbers come from
 */
public record AutomaticColumn(TableId table, String column, TableId sequence) {

  /** Parameters: the tables' schemas and their names. */
  public static final String SELECT =
      """
      SELECT DISTINCT ON (c.oid) n.nspname, c.relname, a.attname,
             sn.nspname AS sequence_schema, s.relname AS sequence_name
      FROM unnest(?::text[], ?::text[]) AS wanted (schema, name)
      JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema
      JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name
      JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      LEFT JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = c.oid AND f.adnum = a.attnum
      JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'i'
           AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
           AND d.refobjid = c.oid AND d.refobjsubid = a.attnum AND a.attidentity <> ''
        OR d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = f.oid
           AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
           AND pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\\('
      JOIN pg_catalog.pg_class AS s
        ON s.relkind = 'S'
           AND s.oid = CASE WHEN a.attidentity <> '' THEN d.objid ELSE d.refobjid END
      JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.relnamespace
      LEFT JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
      ORDER BY c.oid, coalesce(a.attnum = ANY (i.indkey::int2[]), false) DESC, a.attnum
      """;

  /** What a row of {@link #SELECT} says. */
  public static AutomaticColumn read(ResultSet row) throws SQLException {
    return new AutomaticColumn(
        new TableId(row.getString("nspname"), row.getString("relname")),
        row.getString("attname"),
        new TableId(row.getString("sequence_schema"), row.getString("sequence_name")));
  }
}
