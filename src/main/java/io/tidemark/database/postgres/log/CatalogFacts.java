package io.tidemark.database.postgres.log;

import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.QualifiedNames;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What gives the rows of the copied tables their meaning, as the catalog had it at one moment: the
 * log tells of rows, and never of DDL (PostgreSQL manual, 29.8). One query reads all of it, and
 * takes no lock on a table, so that a long ALTER TABLE does not keep it waiting.
 *
 * <p>Immutable.
 */
public final class CatalogFacts {

  private static final String TABLE = "table ";
  private static final String TYPE = "type ";

  /** The types of the columns {@code a}, and those that they are made of. */
  private static final String USED =
      """
      used (id) AS (
        SELECT a.atttypid FROM a
        UNION
        SELECT part.id FROM used JOIN pg_catalog.pg_type AS ty ON ty.oid = used.id
        CROSS JOIN LATERAL (
          SELECT ty.typbasetype WHERE ty.typtype = 'd'
          UNION ALL SELECT ty.typelem WHERE ty.typelem <> 0
          UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range AS r
                    WHERE r.rngtypid = ty.oid OR r.rngmultitypid = ty.oid
          UNION ALL SELECT f.atttypid FROM pg_catalog.pg_attribute AS f
                    WHERE ty.typtype = 'c' AND f.attrelid = ty.typrelid AND f.attnum > 0
                      AND NOT f.attisdropped) AS part (id)),
      """;

  /**
   * The functions of users that generation expressions call, themselves or by way of an operator or
   * of a function whose body the server has taken apart (BEGIN ATOMIC). What a generated column
   * depends on hangs on the column up to PostgreSQL 14 and on its expression from 15 on
   * (pg_attrdef.c, StoreAttrDefault).
   */
  private static final String CALLED =
      """
      called (expression, id) AS (
        SELECT c.oid, coalesce(o.oprcode::oid, d.refobjid)
        FROM computed AS c JOIN pg_catalog.pg_depend AS d
          ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = c.oid
            OR d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.attrelid
              AND d.objsubid = c.attnum
        LEFT JOIN pg_catalog.pg_operator AS o
          ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
        WHERE d.refobjid >= 16384
          AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass,
                               'pg_catalog.pg_operator'::pg_catalog.regclass)
        UNION
        SELECT c.expression, coalesce(o.oprcode::oid, d.refobjid)
        FROM called AS c JOIN pg_catalog.pg_depend AS d
          ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = c.id
        LEFT JOIN pg_catalog.pg_operator AS o
          ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
        WHERE d.refobjid >= 16384
          AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass,
                               'pg_catalog.pg_operator'::pg_catalog.regclass)),
      """;

  /**
   * Columns are read with the transaction that wrote their catalog row ({@code xmin}), which tells
   * of a change that was undone. A generation expression is compared in the form it is stored in,
   * which is one major version's own. The children of ordinary inheritance are tables of their own,
   * so that only those of a partitioned table are its leaves.
   */
  private static final String FACTS =
      """
      WITH RECURSIVE t AS (
        SELECT w.schema, w.name, c.oid, c.relkind, c.relpersistence, c.relispartition,
               c.relreplident, c.relfilenode, c.xmin AS filed, c.cmin::text::int8 AS command
        FROM unnest(?::text[], ?::text[]) AS w (schema, name)
        JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name),
      tree (root, oid) AS (
        SELECT oid, oid FROM t WHERE relkind = 'p'
        UNION ALL
        SELECT tree.root, i.inhrelid FROM tree
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid),
      leaves AS (
        SELECT tree.root,
               pg_catalog.string_agg(pg_catalog.concat_ws(':', c.oid, c.relfilenode,
                                                    c.relpersistence), ','
                                     ORDER BY c.oid) AS files
        FROM tree JOIN pg_catalog.pg_class AS c ON c.oid = tree.oid AND c.relkind <> 'p'
        GROUP BY tree.root),
      place (root, oid) AS (
        SELECT oid, oid FROM t WHERE relkind <> 'p'
        UNION ALL
        SELECT tree.root, tree.oid FROM tree),
      computed AS (
        SELECT d.oid, a.attrelid, a.attnum, a.attname,
               pg_catalog.concat_ws(':', a.attgenerated,
                 pg_catalog.current_setting('server_version_num')::int4 / 10000,
                 pg_catalog.md5(d.adbin::text)) AS expression
        FROM (SELECT DISTINCT oid FROM place) AS p
        JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = p.oid
        JOIN pg_catalog.pg_attribute AS a
          ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated <> ''),
      """
          + CALLED
          + """
      bodies AS (
        SELECT c.expression,
               pg_catalog.md5(pg_catalog.string_agg((pg_catalog.to_jsonb(p) - ARRAY['proname',
                 'pronamespace', 'proowner', 'proacl', 'procost', 'prorows', 'proparallel',
                 'proleakproof'])::text, ',' ORDER BY p.oid)) AS text
        FROM called AS c JOIN pg_catalog.pg_proc AS p ON p.oid = c.id GROUP BY c.expression),
      generated AS (
        SELECT c.attrelid, c.attnum, c.attname,
               pg_catalog.concat_ws(':', c.expression, b.text) AS expression
        FROM computed AS c LEFT JOIN bodies AS b ON b.expression = c.oid),
      leaf_lines AS (
        SELECT place.root, pg_catalog.string_agg(pg_catalog.concat_ws(' ', 'leaf', c.oid,
                 c.reltoastrelid, c.relkind,
                 pg_catalog.concat_ws(':', c.relreplident,
                   CASE WHEN c.relreplident = 'i' THEN (
                     SELECT pg_catalog.md5(pg_catalog.string_agg(a.attname::text, ','
                                                                 ORDER BY a.attnum))
                     FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_attribute AS a
                       ON a.attrelid = i.indexrelid
                     WHERE i.indrelid = c.oid AND i.indisreplident) END),
                 pg_catalog.replace(pg_catalog.replace(
                   n.nspname || '.' || c.relname, pg_catalog.chr(92),
                   pg_catalog.chr(92) || pg_catalog.chr(92)), pg_catalog.chr(10),
                   pg_catalog.chr(92) || 'n')), E'\\n' ORDER BY c.oid) AS lines
        FROM place JOIN pg_catalog.pg_class AS c ON c.oid = place.oid AND c.relkind <> 'p'
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        GROUP BY place.root),
      generated_lines AS (
        SELECT tree.root, pg_catalog.string_agg(pg_catalog.concat_ws(' ', 'generated', tree.oid,
                 g.expression, pg_catalog.replace(pg_catalog.replace(g.attname::text,
                   pg_catalog.chr(92), pg_catalog.chr(92) || pg_catalog.chr(92)),
                   pg_catalog.chr(10), pg_catalog.chr(92) || 'n')),
                 E'\\n' ORDER BY tree.oid, g.attname) AS lines
        FROM tree JOIN pg_catalog.pg_class AS c ON c.oid = tree.oid AND c.relkind <> 'p'
        JOIN generated AS g ON g.attrelid = tree.oid
        GROUP BY tree.root),
      keys AS (
        SELECT i.indrelid,
               pg_catalog.max(i.indkey::text) FILTER (WHERE i.indisprimary) AS primary_key,
               pg_catalog.max(i.indkey::text) FILTER (WHERE i.indisreplident) AS identity
        FROM t JOIN pg_catalog.pg_index AS i ON i.indrelid = t.oid
        WHERE i.indisprimary OR i.indisreplident GROUP BY i.indrelid),
      a AS (
        SELECT a.*, pg_catalog.concat_ws(':', a.xmin,
                 a.xmin = t.filed AND a.cmin::text::int8 > t.command,
                 pg_catalog.md5((pg_catalog.to_jsonb(a) - 'atthasmissing' - 'attmissingval')::text))
                 AS writer
        FROM t JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid
        WHERE a.attnum > 0 AND NOT a.attisdropped),
      columns AS (
        SELECT a.attrelid,
               pg_catalog.string_agg(
                 pg_catalog.concat_ws(' ', a.attnum, a.atttypid, a.atttypmod, a.attcollation,
                   coalesce(g.expression, '-'),
                   a.atthasmissing, coalesce(d.oid, 0), a.writer,
                   pg_catalog.replace(pg_catalog.replace(a.attname::text, pg_catalog.chr(92),
                     pg_catalog.chr(92) || pg_catalog.chr(92)), pg_catalog.chr(10),
                     pg_catalog.chr(92) || 'n')),
                 E'\\n' ORDER BY a.attnum) AS lines
        FROM a LEFT JOIN pg_catalog.pg_attrdef AS d
          ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN generated AS g ON g.attrelid = a.attrelid AND g.attnum = a.attnum
        GROUP BY a.attrelid),
      """
          + USED
          + """
      parts AS (
        SELECT e.enumtypid AS type,
               pg_catalog.string_agg(e.oid || ' ' || pg_catalog.replace(pg_catalog.replace(
                 e.enumlabel::text, pg_catalog.chr(92), pg_catalog.chr(92) || pg_catalog.chr(92)),
                 pg_catalog.chr(10), pg_catalog.chr(92) || 'n'),
                                     E'\\n' ORDER BY e.oid) AS lines
        FROM used JOIN pg_catalog.pg_enum AS e ON e.enumtypid = used.id GROUP BY e.enumtypid
        UNION ALL
        SELECT ty.oid,
               pg_catalog.string_agg(f.attnum || ' ' || f.atttypid || ' ' || f.atttypmod || ' '
                                     || pg_catalog.replace(pg_catalog.replace(
                 f.attname::text, pg_catalog.chr(92), pg_catalog.chr(92) || pg_catalog.chr(92)),
                 pg_catalog.chr(10), pg_catalog.chr(92) || 'n'),
                                     E'\\n' ORDER BY f.attnum)
        FROM used JOIN pg_catalog.pg_type AS ty ON ty.oid = used.id AND ty.typtype = 'c'
        JOIN pg_catalog.pg_attribute AS f
          ON f.attrelid = ty.typrelid AND f.attnum > 0 AND NOT f.attisdropped
        GROUP BY ty.oid
        UNION ALL
        SELECT ty.oid, NULL FROM used JOIN pg_catalog.pg_type AS ty ON ty.oid = used.id
        WHERE ty.oid >= 16384 AND ty.typtype NOT IN ('e', 'c')
          AND NOT (ty.typtype = 'b' AND ty.typcategory = 'A')),
      facts AS (
        SELECT 'table' AS kind, t.schema, t.name,
               pg_catalog.concat_ws(' ', t.oid, t.relkind, t.relpersistence,
                 CASE WHEN t.relispartition THEN 'partition' ELSE '-' END, t.relreplident,
                 coalesce(pg_catalog.replace(keys.primary_key, ' ', ','), '-'),
                 coalesce(pg_catalog.replace(keys.identity, ' ', ','), '-'),
                 CASE WHEN t.relkind = 'p' THEN coalesce(leaves.files, '-')
                 ELSE pg_catalog.concat_ws(':', t.oid, t.relfilenode, t.relpersistence) END)
                 || coalesce(E'\\n' || columns.lines, '')
                 || coalesce(E'\\n' || leaf_lines.lines, '')
                 || coalesce(E'\\n' || generated_lines.lines, '') AS fact
        FROM t LEFT JOIN leaves ON leaves.root = t.oid
        LEFT JOIN leaf_lines ON leaf_lines.root = t.oid
        LEFT JOIN generated_lines ON generated_lines.root = t.oid
        LEFT JOIN keys ON keys.indrelid = t.oid
        LEFT JOIN columns ON columns.attrelid = t.oid
        UNION ALL
        SELECT 'type', n.nspname, ty.typname, pg_catalog.concat_ws(' ', ty.oid, ty.typtype)
                 || coalesce(E'\\n' || parts.lines, '')
        FROM parts JOIN pg_catalog.pg_type AS ty ON ty.oid = parts.type
        JOIN pg_catalog.pg_namespace AS n ON n.oid = ty.typnamespace)
      """;

  private static final String ALL = FACTS + "SELECT kind, schema, name, fact FROM facts";

  /**
   * Who wrote each row of the catalog that the facts are made of, as sums that a row more, a row
   * less or another writer changes. No change writes a row without writing itself into it but those
   * of statistics, in place (heapam.c, heap_inplace_update). It reads what the facts read, and
   * formats none of it: with 20,000 tables that is a tenth of the work.
   */
  private static final String DIGEST =
      """
      WITH RECURSIVE t AS (
        SELECT c.oid, c.relkind, c.xmin AS writer
        FROM unnest(?::text[], ?::text[]) AS w (schema, name)
        JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name),
      tree (oid, writer) AS (
        SELECT oid, writer FROM t WHERE relkind = 'p'
        UNION ALL
        SELECT i.inhrelid, i.xmin FROM tree
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid),
      a AS (
        SELECT a.attrelid, a.attnum, a.atttypid, a.xmin AS writer
        FROM t JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid
        WHERE a.attnum > 0 AND NOT a.attisdropped),
      """
          + USED
          + """
      computed AS (
        SELECT d.oid, d.adrelid AS attrelid, d.adnum AS attnum
        FROM (SELECT oid FROM t UNION SELECT oid FROM tree) AS p
        JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = p.oid
        JOIN pg_catalog.pg_attribute AS a
          ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated <> ''),
      """
          + CALLED
          + """
      written (kind, id, part, writer) AS (
        SELECT 1, oid, 0, writer FROM t
        UNION ALL
        SELECT 2, oid, 0, writer FROM tree
        UNION ALL
        SELECT 3, c.oid, 0, c.xmin FROM tree JOIN pg_catalog.pg_class AS c ON c.oid = tree.oid
        UNION ALL
        SELECT 4, i.indexrelid, 0, i.xmin FROM t JOIN pg_catalog.pg_index AS i ON i.indrelid = t.oid
        WHERE i.indisprimary OR i.indisreplident
        UNION ALL
        SELECT 5, attrelid, attnum, writer FROM a
        UNION ALL
        SELECT 6, d.oid, 0, d.xmin FROM t JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = t.oid
        UNION ALL
        SELECT 7, ty.oid, 0, ty.xmin FROM used JOIN pg_catalog.pg_type AS ty ON ty.oid = used.id
        UNION ALL
        SELECT 8, e.oid, 0, e.xmin FROM used JOIN pg_catalog.pg_enum AS e ON e.enumtypid = used.id
        UNION ALL
        SELECT 9, f.attrelid, f.attnum, f.writer
        FROM used JOIN pg_catalog.pg_type AS ty ON ty.oid = used.id
        CROSS JOIN LATERAL (
          SELECT f.attrelid, f.attnum, f.xmin AS writer FROM pg_catalog.pg_attribute AS f
          WHERE ty.typtype = 'c' AND f.attrelid = ty.typrelid AND f.attnum > 0
            AND NOT f.attisdropped) AS f
        UNION ALL
        SELECT 10, n.oid, 0, n.xmin FROM pg_catalog.pg_namespace AS n
        UNION ALL
        SELECT 11, d.oid, 0, d.xmin FROM tree JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = tree.oid
        UNION ALL
        SELECT 12, i.indexrelid, 0, i.xmin
        FROM tree JOIN pg_catalog.pg_index AS i ON i.indrelid = tree.oid WHERE i.indisreplident
        UNION ALL
        SELECT 13, p.oid, 0, p.xmin FROM called AS c JOIN pg_catalog.pg_proc AS p ON p.oid = c.id)
      SELECT pg_catalog.count(*) || ' ' || coalesce(pg_catalog.sum(
               pg_catalog.hashint8extended(writer::text::int8,
                 pg_catalog.hashint8extended(id::int8, kind * 10000 + part))), 0)
      FROM written
      """;

  private final Map<TableId, TableFacts> tables;
  private final Map<String, TypeFacts> types;

  private CatalogFacts(Map<TableId, TableFacts> tables, Map<String, TypeFacts> types) {
    this.tables = tables;
    this.types = types;
  }

  /** Those of the tables of these names that are there, as they are now. */
  public static CatalogFacts read(PostgresQueries queries, Collection<TableId> names) {
    Map<TableId, TableFacts> tables = new TreeMap<>();
    Map<String, TypeFacts> types = new TreeMap<>();
    queries.list(
        "reading what the catalog says of the copied tables",
        ALL,
        row -> {
          TableId id = new TableId(row.getString(2), row.getString(3));
          if (row.getString(1).equals("table")) {
            tables.put(id, TableFacts.parse(row.getString(4)));
          } else {
            types.put(Identifiers.quote(id), TypeFacts.parse(row.getString(4)));
          }
          return id;
        },
        schemas(names),
        names(names));
    return new CatalogFacts(tables, types);
  }

  /** The names that those of the tables of these object ids have that are there. */
  static Map<Long, TableId> names(PostgresQueries queries, Collection<Long> oids) {
    Map<Long, TableId> names = new TreeMap<>();
    queries.list(
        "asking for the names of the copied tables",
        "SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class AS c"
            + " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
            + " WHERE c.oid = ANY (?::pg_catalog.int8[])",
        row -> names.put(row.getLong(1), new TableId(row.getString(2), row.getString(3))),
        (Object) oids.toArray(Long[]::new));
    return names;
  }

  /** The same as long as no fact has changed, and cheap to ask for. */
  public static String digest(PostgresQueries queries, Collection<TableId> names) {
    return queries.one(
        "looking at what the catalog says of the copied tables",
        DIGEST,
        row -> row.getString(1),
        schemas(names),
        names(names));
  }

  private static String[] schemas(Collection<TableId> names) {
    return names.stream().sorted().map(TableId::schema).toArray(String[]::new);
  }

  private static String[] names(Collection<TableId> names) {
    return names.stream().sorted().map(TableId::name).toArray(String[]::new);
  }

  /** What is remembered; nothing if facts were never remembered. */
  public static CatalogFacts parse(SourceMemory memory) {
    Map<TableId, TableFacts> tables = new TreeMap<>();
    Map<String, TypeFacts> types = new TreeMap<>();
    memory
        .facts()
        .forEach(
            (about, fact) -> {
              if (about.startsWith(TABLE)) {
                tables.put(
                    QualifiedNames.parse(about.substring(TABLE.length())), TableFacts.parse(fact));
              } else if (about.startsWith(TYPE)) {
                types.put(about.substring(TYPE.length()), TypeFacts.parse(fact));
              }
            });
    return new CatalogFacts(tables, types);
  }

  /** For {@link #parse}. */
  public Map<String, String> print() {
    Map<String, String> facts = new TreeMap<>();
    tables.forEach((id, table) -> facts.put(TABLE + Identifiers.quote(id), table.print()));
    types.forEach((name, type) -> facts.put(TYPE + name, type.print()));
    return facts;
  }

  /** The tables that there are facts about. */
  public Set<TableId> tables() {
    return tables.keySet();
  }

  /** The names of the tables by their object ids. */
  Map<Long, TableId> byOid() {
    Map<Long, TableId> byOid = new TreeMap<>();
    tables.forEach((id, table) -> byOid.put(table.oid(), id));
    return byOid;
  }

  /** What there is to know of a table; empty if it was not there. */
  Optional<TableFacts> table(TableId id) {
    return Optional.ofNullable(tables.get(id));
  }

  /** Without what is about tables that are not among these. */
  public CatalogFacts only(Collection<TableId> wanted) {
    Map<TableId, TableFacts> kept = new TreeMap<>(tables);
    kept.keySet().retainAll(Set.copyOf(wanted));
    return new CatalogFacts(kept, types);
  }

  /**
   * What has changed since {@code before} that can change what a row is, for a person: each of them
   * once. A table that one of the two does not know is passed over by the other, unless it has
   * gone.
   *
   * @param renamed the names that tables of {@code before} have now, by object id; none of those
   *     that were dropped
   * @param selection which columns matter
   */
  public List<String> changedSince(
      CatalogFacts before, Map<Long, TableId> renamed, Selection selection) {
    Set<String> problems = new LinkedHashSet<>();
    before.tables.forEach(
        (id, former) -> {
          TableFacts now = tables.get(id);
          if (now == null) {
            TableId there = renamed.get(former.oid());
            problems.add(
                "table "
                    + id
                    + " is not there any more under this name: it was "
                    + (there == null ? "dropped" : "renamed to " + there));
          } else {
            now.changeSince(former, selection.columnsOf(id))
                .ifPresent(change -> problems.add("table " + id + " was altered: " + change));
          }
        });
    types.forEach(
        (name, now) ->
            before.types.forEach(
                (formerName, former) -> {
                  if (former.oid() == now.oid()) {
                    if (!formerName.equals(name)) {
                      problems.add(
                          "type "
                              + formerName
                              + ": it was renamed to "
                              + name
                              + ", and the target"
                              + " knows it under its former name");
                    }
                    now.changeSince(former)
                        .ifPresent(change -> problems.add("type " + name + ": " + change));
                  }
                }));
    return List.copyOf(problems);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CatalogFacts facts && facts.print().equals(print());
  }

  @Override
  public int hashCode() {
    return print().hashCode();
  }
}
