package io.tidemark.database.postgres.catalog;

import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ColumnName;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.OwnedSequence;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Sequence;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** What the catalog tables say about tables: their rows, as they are, for all tables at once. */
public final class TableRows {

  private static final String RELATIONS =
      """
      SELECT c.oid, n.nspname, c.relname, c.relkind::text AS relkind, c.relispartition,
             tree.root, coalesce(tree.parent, 0) AS parent, tree.level,
             pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound,
             pg_catalog.pg_get_partkeydef(c.oid) AS partition_key,
             ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
                   WHERE a.attrelid = c.oid AND c.relkind = 'p' AND a.attnum > 0
                     AND (a.attnum = ANY (p.partattrs::int2[])
                          OR EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                                     WHERE p.partexprs IS NOT NULL
                                       AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                       AND d.objid = c.oid AND d.objsubid = 0
                                       AND d.refobjid = c.oid AND d.refobjsubid = a.attnum))
                   ORDER BY a.attnum) AS partition_columns
      FROM (SELECT s.oid AS root, s.oid AS relid, NULL::pg_catalog.oid AS parent, 0 AS level
            FROM pg_catalog.unnest(?) AS s(oid)
            UNION ALL
            SELECT s.oid, t.relid, t.parentrelid, t.level
            FROM pg_catalog.unnest(?) AS s(oid)
            CROSS JOIN LATERAL pg_catalog.pg_partition_tree(s.oid) AS t
            WHERE t.level > 0) AS tree
      JOIN pg_catalog.pg_class AS c ON c.oid = tree.relid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = c.oid
      ORDER BY tree.level, n.nspname COLLATE "C", c.relname COLLATE "C"
      """;

  private static final String COLUMNS =
      """
      SELECT a.attrelid, a.attname, a.attnum,
             pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.atttypid,
             CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
                  THEN pg_catalog.format(' COLLATE %I.%I', cn.nspname, co.collname)
                  ELSE '' END AS collation,
             a.attcollation, a.attnotnull, a.attidentity::text AS identity,
             a.attgenerated::text AS generated,
             pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
             coalesce(d.oid, 0) AS default_oid,
             ARRAY(SELECT u.attname::text FROM pg_catalog.pg_depend AS x
                   JOIN pg_catalog.pg_attribute AS u
                     ON u.attrelid = a.attrelid AND u.attnum = x.refobjsubid
                   WHERE x.classid IN ('pg_catalog.pg_attrdef'::pg_catalog.regclass)
                     AND x.objid = d.oid AND x.refobjid = a.attrelid
                     AND x.refobjsubid NOT IN (0, a.attnum)
                   ORDER BY u.attnum) AS inputs,
             ty.typrelid AS row_type_of
      FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
      JOIN pg_catalog.pg_type AS ty
        ON ty.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END
      LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = a.attcollation
      LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
      WHERE a.attrelid = ANY (?) AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attrelid, a.attnum
      """;

  /** A column that a constraint or index needs, be it in an expression or a condition. */
  private static final String COLUMNS_OF =
      """
      ARRAY(SELECT DISTINCT a.attname::text FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = %1$s AND a.attnum > 0
              AND (a.attnum = ANY (%2$s)
                   OR EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                              WHERE d.classid = '%3$s'::pg_catalog.regclass AND d.objid = %4$s
                                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum)))""";

  private static final String CONSTRAINTS =
      """
      SELECT k.oid, k.conrelid, k.conname, k.contype::text AS contype,
             pg_catalog.pg_get_constraintdef(k.oid) AS definition,
             k.convalidated, k.condeferrable, k.confrelid, k.conindid,
             %s AS columns, %s AS referenced_columns
      FROM pg_catalog.pg_constraint AS k
      WHERE k.conrelid = ANY (?) AND k.contype IN ('p', 'u', 'x', 'c', 'f')
        AND (k.contype <> 'f' OR k.conparentid = 0)
      ORDER BY k.conrelid, k.conname COLLATE "C"
      """
          .formatted(
              COLUMNS_OF.formatted("k.conrelid", "k.conkey", "pg_catalog.pg_constraint", "k.oid"),
              COLUMNS_OF.formatted(
                  "k.confrelid", "k.confkey", "pg_catalog.pg_constraint", "k.oid"));

  private static final String INDEXES =
      """
      SELECT i.indexrelid, i.indrelid, c.relname, i.indisunique, i.indisvalid, i.indisready,
             i.indisreplident, i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL AS plain,
             EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
                     WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) AS constrained,
             pg_catalog.substr(
                 pg_catalog.pg_get_indexdef(i.indexrelid),
                 1 + pg_catalog.length(pg_catalog.format(
                     'CREATE %%sINDEX %%I ON %%s%%I.%%I ',
                     CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname,
                     CASE WHEN c.relkind = 'I' THEN 'ONLY ' END, n.nspname, t.relname))) AS body,
             ARRAY(SELECT a.attname::text
                   FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, ord)
                   JOIN pg_catalog.pg_attribute AS a
                     ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                   WHERE k.ord <= i.indnkeyatts ORDER BY k.ord) AS key_columns,
             %s AS columns
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
      WHERE i.indrelid = ANY (?)
      ORDER BY i.indrelid, c.relname COLLATE "C"
      """
          .formatted(
              COLUMNS_OF.formatted(
                  "i.indrelid", "i.indkey::int2[]", "pg_catalog.pg_class", "i.indexrelid"));

  private static final String SEQUENCES =
      """
      SELECT n.nspname, s.relname, coalesce(o.refobjid, 0) AS owner, coalesce(a.attname, '') AS owner_column,
             coalesce(o.deptype::text, '') AS deptype,
             pg_catalog.format(
                 'AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s',
                 pg_catalog.format_type(q.seqtypid, NULL), q.seqincrement, q.seqmin, q.seqmax,
                 q.seqstart, q.seqcache, CASE WHEN q.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END)
               AS options
      FROM pg_catalog.pg_sequence AS q
      JOIN pg_catalog.pg_class AS s ON s.oid = q.seqrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = s.relnamespace
      LEFT JOIN pg_catalog.pg_depend AS o
        ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = s.oid
       AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
       AND o.deptype IN ('a', 'i') AND o.refobjsubid > 0
      LEFT JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
      WHERE o.refobjid = ANY (?)
         OR s.oid IN (SELECT u.refobjid FROM pg_catalog.pg_depend AS u
                      JOIN pg_catalog.pg_attrdef AS f ON f.oid = u.objid
                      WHERE u.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
                        AND u.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        AND f.oid = ANY (?))
      ORDER BY n.nspname COLLATE "C", s.relname COLLATE "C"
      """;

  private static final String PARENTS =
      """
      SELECT h.inhrelid, h.inhparent FROM pg_catalog.pg_inherits AS h
      JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid
      WHERE h.inhrelid = ANY (?) AND NOT c.relispartition AND c.relkind IN ('r', 'p')
      ORDER BY h.inhrelid, h.inhseqno
      """;

  /**
   * @param root the selected table that this is or belongs to
   * @param parent what it is a partition of; 0 for none
   * @param bound empty unless it is a partition
   * @param partitionKey empty unless it is partitioned
   */
  record RelationRow(
      long oid,
      TableId id,
      String kind,
      long root,
      long parent,
      String bound,
      String partitionKey,
      List<String> partitionColumns) {}

  /**
   * @param inputs the columns that its expression reads
   * @param rowTypeOf the table whose row type its type or element is; 0 for none
   */
  public record ColumnRow(
      long table,
      String name,
      String type,
      long typeOid,
      String collation,
      long collationOid,
      boolean notNull,
      String identity,
      String generated,
      String expression,
      long defaultOid,
      List<String> inputs,
      long rowTypeOf) {}

  record ConstraintRow(
      long oid,
      long table,
      String name,
      String type,
      String definition,
      boolean validated,
      boolean deferrable,
      long referenced,
      long index,
      Set<String> columns,
      Set<String> referencedColumns) {}

  /**
   * @param plain without condition and expressions, and checked at once
   */
  public record IndexRow(
      long oid,
      long table,
      String name,
      boolean unique,
      boolean valid,
      boolean replicaIdentity,
      boolean plain,
      boolean constrained,
      String body,
      List<String> keyColumns,
      Set<String> columns) {}

  /**
   * @param owner the table whose column owns it; 0 for none
   */
  record SequenceRow(TableId id, long owner, String ownerColumn, boolean identity, String options) {
    OwnedSequence owned(List<ColumnName> owners) {
      return new OwnedSequence(new Sequence(id, options), owners);
    }
  }

  record ParentRow(long child, long parent) {}

  private TableRows() {}

  /** The tables with these ids and all their partitions, roots first. */
  static List<RelationRow> relations(Connection connection, Collection<Long> roots)
      throws SQLException {
    return CatalogQuery.list(
        connection,
        RELATIONS,
        row ->
            new RelationRow(
                row.getLong("oid"),
                new TableId(row.getString("nspname"), row.getString("relname")),
                row.getString("relkind"),
                row.getLong("root"),
                row.getLong("parent"),
                orEmpty(row, "bound"),
                orEmpty(row, "partition_key"),
                CatalogQuery.texts(row, "partition_columns")),
        roots,
        roots);
  }

  /**
   * The columns of these tables, without dropped ones, by their table's object id and then in its
   * order.
   *
   * @param tables their object ids
   */
  public static List<ColumnRow> columns(Connection connection, Collection<Long> tables)
      throws SQLException {
    return CatalogQuery.list(
        connection,
        COLUMNS,
        row ->
            new ColumnRow(
                row.getLong("attrelid"),
                row.getString("attname"),
                row.getString("type"),
                row.getLong("atttypid"),
                row.getString("collation"),
                row.getLong("attcollation"),
                row.getBoolean("attnotnull"),
                row.getString("identity"),
                row.getString("generated"),
                orEmpty(row, "expression"),
                row.getLong("default_oid"),
                CatalogQuery.texts(row, "inputs"),
                row.getLong("row_type_of")),
        tables);
  }

  static List<ConstraintRow> constraints(Connection connection, Collection<Long> tables)
      throws SQLException {
    return CatalogQuery.list(
        connection,
        CONSTRAINTS,
        row ->
            new ConstraintRow(
                row.getLong("oid"),
                row.getLong("conrelid"),
                row.getString("conname"),
                row.getString("contype"),
                withoutSuffix(row.getString("definition"), " NOT VALID"),
                row.getBoolean("convalidated"),
                row.getBoolean("condeferrable"),
                row.getLong("confrelid"),
                row.getLong("conindid"),
                Set.copyOf(CatalogQuery.texts(row, "columns")),
                Set.copyOf(CatalogQuery.texts(row, "referenced_columns"))),
        tables);
  }

  /**
   * The indexes of these tables, by their table's object id and then by name.
   *
   * @param tables their object ids
   */
  public static List<IndexRow> indexes(Connection connection, Collection<Long> tables)
      throws SQLException {
    return CatalogQuery.list(
        connection,
        INDEXES,
        row ->
            new IndexRow(
                row.getLong("indexrelid"),
                row.getLong("indrelid"),
                row.getString("relname"),
                row.getBoolean("indisunique"),
                row.getBoolean("indisvalid"),
                row.getBoolean("indisreplident"),
                row.getBoolean("plain"),
                row.getBoolean("constrained"),
                row.getString("body"),
                CatalogQuery.texts(row, "key_columns"),
                Set.copyOf(CatalogQuery.texts(row, "columns"))),
        tables);
  }

  /** The sequences that columns of the tables own or that the defaults name. */
  static List<SequenceRow> sequences(
      Connection connection, Collection<Long> tables, Collection<Long> defaults)
      throws SQLException {
    return CatalogQuery.list(
        connection,
        SEQUENCES,
        row ->
            new SequenceRow(
                new TableId(row.getString("nspname"), row.getString("relname")),
                row.getLong("owner"),
                row.getString("owner_column"),
                row.getString("deptype").equals("i"),
                row.getString("options")),
        tables,
        defaults);
  }

  static List<ParentRow> parents(Connection connection, Collection<Long> tables)
      throws SQLException {
    return CatalogQuery.list(
        connection,
        PARENTS,
        row -> new ParentRow(row.getLong("inhrelid"), row.getLong("inhparent")),
        tables);
  }

  private static String orEmpty(ResultSet row, String column) throws SQLException {
    String text = row.getString(column);
    return text == null ? "" : text;
  }

  private static String withoutSuffix(String text, String suffix) {
    return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
  }
}
