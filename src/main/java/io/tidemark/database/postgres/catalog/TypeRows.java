package io.tidemark.database.postgres.catalog;

import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.CollationDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Extension;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Routine;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.UserType;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.schema.Known;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads what tables are made of besides columns: the user-defined types behind their columns and
 * expressions, and the collations, functions and extensions these need. Single use, one thread.
 */
final class TypeRows {

  /** All types that the given ones consist of, and themselves, other than the system's. */
  private static final String TYPES =
      """
      WITH RECURSIVE needed(oid) AS (
        SELECT s.oid FROM pg_catalog.unnest(?) AS s(oid)
        UNION
        SELECT e.oid FROM needed JOIN pg_catalog.pg_type AS t ON t.oid = needed.oid
        CROSS JOIN LATERAL (
          SELECT t.typelem AS oid WHERE t.typelem <> 0
          UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
          UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute AS a
            JOIN pg_catalog.pg_class AS k ON k.oid = a.attrelid
            WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND k.relkind = 'c'
              AND a.attnum > 0 AND NOT a.attisdropped
          UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range AS r WHERE r.rngtypid = t.oid
          UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range AS r WHERE r.rngmultitypid = t.oid
        ) AS e)
      SELECT t.oid, n.nspname, t.typname, t.typtype::text AS typtype,
             coalesce(k.relkind::text, '') AS relkind,
             CASE WHEN t.typtype = 'e' THEN
               ARRAY(SELECT l.enumlabel::text FROM pg_catalog.pg_enum AS l
                     WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder) END AS labels,
             CASE WHEN t.typtype = 'd' THEN
               pg_catalog.format_type(t.typbasetype, t.typtypmod)
               || CASE WHEN t.typcollation <> 0 AND t.typcollation <> b.typcollation
                       THEN pg_catalog.format(' COLLATE %I.%I', cn.nspname, co.collname) ELSE '' END
               || coalesce(' DEFAULT ' || pg_catalog.pg_get_expr(t.typdefaultbin, 0), '')
               || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
               || coalesce((SELECT pg_catalog.string_agg(
                      pg_catalog.format(' CONSTRAINT %I %s', x.conname,
                                        pg_catalog.pg_get_constraintdef(x.oid)),
                      '' ORDER BY x.conname COLLATE "C")
                    FROM pg_catalog.pg_constraint AS x
                    WHERE x.contypid = t.oid AND x.contype = 'c' AND x.convalidated), '')
             END AS clauses,
             CASE WHEN t.typtype = 'c' THEN
               ARRAY(SELECT pg_catalog.format('%I %s', a.attname,
                         pg_catalog.format_type(a.atttypid, a.atttypmod)
                         || CASE WHEN a.attcollation <> 0 AND a.attcollation <> at.typcollation
                            THEN pg_catalog.format(' COLLATE %I.%I', an.nspname, ac.collname)
                            ELSE '' END)
                     FROM pg_catalog.pg_attribute AS a
                     JOIN pg_catalog.pg_type AS at ON at.oid = a.atttypid
                     LEFT JOIN pg_catalog.pg_collation AS ac ON ac.oid = a.attcollation
                     LEFT JOIN pg_catalog.pg_namespace AS an ON an.oid = ac.collnamespace
                     WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                     ORDER BY a.attnum) END AS attributes,
             CASE WHEN t.typtype = 'r' THEN
               'SUBTYPE = ' || pg_catalog.format_type(r.rngsubtype, NULL)
               || CASE WHEN oc.opcdefault THEN ''
                       ELSE pg_catalog.format(', SUBTYPE_OPCLASS = %I.%I', ocn.nspname, oc.opcname) END
               || CASE WHEN r.rngcollation <> 0
                       THEN pg_catalog.format(', COLLATION = %I.%I', rn.nspname, rc.collname) ELSE '' END
               || CASE WHEN r.rngsubdiff <> 0
                       THEN ', SUBTYPE_DIFF = ' || (SELECT pg_catalog.format('%I.%I', dn.nspname, df.proname)
                          FROM pg_catalog.pg_proc AS df
                          JOIN pg_catalog.pg_namespace AS dn ON dn.oid = df.pronamespace
                          WHERE df.oid = r.rngsubdiff) ELSE '' END
             END AS range_options,
             r.rngcanonical <> 0 AS canonical,
             mn.nspname AS multirange_schema, m.typname AS multirange_name,
             ARRAY(SELECT x.oid::bigint FROM pg_catalog.pg_constraint AS x WHERE x.contypid = t.oid)
               AS constraints,
             coalesce(r.rngcollation, t.typcollation) AS collation,
             EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                     WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
                       AND d.objid = t.oid AND d.deptype = 'e') AS from_extension,
             EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = t.oid) AS plain_array
      FROM needed JOIN pg_catalog.pg_type AS t ON t.oid = needed.oid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      LEFT JOIN pg_catalog.pg_class AS k ON k.oid = t.typrelid
      LEFT JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype
      LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = t.typcollation
      LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
      LEFT JOIN pg_catalog.pg_range AS r ON r.rngtypid = t.oid
      LEFT JOIN pg_catalog.pg_opclass AS oc ON oc.oid = r.rngsubopc
      LEFT JOIN pg_catalog.pg_namespace AS ocn ON ocn.oid = oc.opcnamespace
      LEFT JOIN pg_catalog.pg_collation AS rc ON rc.oid = r.rngcollation
      LEFT JOIN pg_catalog.pg_namespace AS rn ON rn.oid = rc.collnamespace
      LEFT JOIN pg_catalog.pg_type AS m ON m.oid = r.rngmultitypid
      LEFT JOIN pg_catalog.pg_namespace AS mn ON mn.oid = m.typnamespace
      WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
      ORDER BY n.nspname COLLATE "C", t.typname COLLATE "C"
      """;

  /** Which type is made of which other one. */
  private static final String TYPE_EDGES =
      """
      SELECT t.oid, e.needs
      FROM pg_catalog.pg_type AS t
      CROSS JOIN LATERAL (
        SELECT t.typelem AS needs WHERE t.typelem <> 0
        UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
        UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute AS a
          WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range AS r WHERE r.rngtypid = t.oid
        UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range AS r WHERE r.rngmultitypid = t.oid
      ) AS e
      WHERE t.oid = ANY (?)
      """;

  /** What expressions, indexes and types refer to, without what every server has. */
  private static final String DEPENDENCIES =
      """
      SELECT DISTINCT d.refclassid::pg_catalog.regclass::text AS kind, d.refobjid,
             coalesce(x.extname, '') AS extension, coalesce(xn.nspname, '') AS extension_schema,
             pg_catalog.min(pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid))
               OVER (PARTITION BY d.refclassid, d.refobjid) AS used_by
      FROM pg_catalog.pg_depend AS d
      LEFT JOIN pg_catalog.pg_depend AS m
        ON m.classid = d.refclassid AND m.objid = d.refobjid AND m.deptype = 'e'
      LEFT JOIN pg_catalog.pg_extension AS x ON x.oid = m.refobjid
      LEFT JOIN pg_catalog.pg_namespace AS xn ON xn.oid = x.extnamespace
      WHERE d.refclassid IN ('pg_catalog.pg_type'::pg_catalog.regclass,
                             'pg_catalog.pg_proc'::pg_catalog.regclass,
                             'pg_catalog.pg_collation'::pg_catalog.regclass,
                             'pg_catalog.pg_opclass'::pg_catalog.regclass,
                             'pg_catalog.pg_operator'::pg_catalog.regclass)
        AND d.refobjid >= 16384
        AND (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = ANY (?)
             OR d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = ANY (?)
             OR d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = ANY (?)
             OR d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = ANY (?))
      ORDER BY d.refobjid
      """;

  private static final String COLLATIONS =
      """
      SELECT n.nspname, c.collname, c.collprovider::text AS provider,
             c.collisdeterministic AS deterministic,
             c.collcollate, c.collctype,
             coalesce(pg_catalog.to_jsonb(c) ->> 'colllocale',
                      pg_catalog.to_jsonb(c) ->> 'colliculocale') AS locale,
             pg_catalog.to_jsonb(c) ->> 'collicurules' AS rules
      FROM pg_catalog.pg_collation AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
      WHERE c.oid = ANY (?) AND n.nspname <> 'pg_catalog'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                        WHERE d.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass
                          AND d.objid = c.oid AND d.deptype = 'e')
      ORDER BY n.nspname COLLATE "C", c.collname COLLATE "C"
      """;

  private static final String ROUTINES =
      """
      SELECT p.oid, n.nspname, p.proname,
             (SELECT coalesce(pg_catalog.string_agg(
                         pg_catalog.format_type(a.type, NULL), ', ' ORDER BY a.ord), '')
              FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[])
                WITH ORDINALITY AS a(type, ord)) AS arguments
      FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
      WHERE p.oid = ANY (?)
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d  -- a range type brings its own
                        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                          AND d.objid = p.oid AND d.deptype = 'i')
      ORDER BY n.nspname COLLATE "C", p.proname COLLATE "C"
      """;

  private static final String EXTENSIONS =
      """
      SELECT x.extname, n.nspname,
             ARRAY(SELECT coalesce(t.typname, p.proname, c.opcname, l.collname, f.opfname)::text
                   FROM pg_catalog.pg_depend AS d
                   LEFT JOIN pg_catalog.pg_type AS t ON t.oid = d.objid
                     AND d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
                   LEFT JOIN pg_catalog.pg_proc AS p ON p.oid = d.objid
                     AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                   LEFT JOIN pg_catalog.pg_opclass AS c ON c.oid = d.objid
                     AND d.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
                   LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = d.objid
                     AND d.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass
                   LEFT JOIN pg_catalog.pg_opfamily AS f ON f.oid = d.objid
                     AND d.classid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass
                   WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                     AND d.refobjid = x.oid AND d.deptype = 'e'
                     AND coalesce(t.typname, p.proname, c.opcname, l.collname, f.opfname)
                         IS NOT NULL
                   UNION
                   SELECT o.oprname::text
                   FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_operator AS o ON o.oid = d.objid
                   WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                     AND d.refobjid = x.oid AND d.deptype = 'e'
                     AND d.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass) AS members
      FROM pg_catalog.pg_extension AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.extnamespace
      WHERE x.extname = ANY (?)
      ORDER BY x.extname COLLATE "C"
      """;

  private static final String EXTENSIONS_OF_TYPES =
      """
      SELECT DISTINCT x.extname FROM pg_catalog.pg_depend AS d
      JOIN pg_catalog.pg_extension AS x ON x.oid = d.refobjid
      WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = ANY (?)
        AND d.deptype = 'e'
      """;

  private record TypeRow(
      long oid,
      TableId id,
      String kind,
      String relationKind,
      List<String> labels,
      String clauses,
      List<String> attributes,
      String rangeOptions,
      boolean canonical,
      TableId multirange,
      List<Long> constraints,
      long collation,
      boolean fromExtension,
      boolean plainArray) {}

  private record Dependency(
      String kind, long oid, String extension, String extensionSchema, String usedBy) {}

  /**
   * @param types each after those it is made of
   * @param foreign types that cannot be made by description
   */
  record Found(
      List<UserType> types,
      List<CollationDefinition> collations,
      List<Routine> routines,
      List<Extension> extensions,
      List<TableId> foreign) {}

  private final Connection connection;
  private final Set<Long> types = new TreeSet<>();
  private final Set<Long> constraints = new TreeSet<>();
  private final Set<Long> collations = new TreeSet<>();
  private List<TypeRow> rows = List.of();
  private List<Dependency> dependencies = List.of();

  private TypeRows(Connection connection) {
    this.connection = connection;
  }

  /**
   * @param types those of the columns
   * @param collations those of the columns
   * @param defaults of the columns, generated ones included
   */
  static Found read(
      Connection connection,
      Collection<Long> types,
      Collection<Long> collations,
      Collection<Long> defaults,
      Collection<Long> constraints,
      Collection<Long> indexes)
      throws SQLException {
    TypeRows reader = new TypeRows(connection);
    reader.types.addAll(types);
    reader.collations.addAll(collations);
    reader.constraints.addAll(constraints);
    reader.close(defaults, indexes);
    return reader.found();
  }

  /** A domain's check may name a type that nothing else does, so this goes round until it rests. */
  private void close(Collection<Long> defaults, Collection<Long> indexes) throws SQLException {
    int before;
    do {
      before = types.size();
      rows = CatalogQuery.list(connection, TYPES, TypeRows::typeRow, types);
      rows.forEach(
          type -> {
            types.add(type.oid());
            constraints.addAll(type.constraints());
            collations.add(type.collation());
          });
      dependencies =
          CatalogQuery.list(
              connection,
              DEPENDENCIES,
              row ->
                  new Dependency(
                      row.getString("kind"),
                      row.getLong("refobjid"),
                      row.getString("extension"),
                      row.getString("extension_schema"),
                      row.getString("used_by")),
              defaults,
              constraints,
              indexes,
              types);
      dependencies.stream()
          .filter(dependency -> dependency.kind().endsWith("pg_type"))
          .forEach(dependency -> types.add(dependency.oid()));
      dependencies.stream()
          .filter(dependency -> dependency.kind().endsWith("pg_collation"))
          .forEach(dependency -> collations.add(dependency.oid()));
    } while (types.size() > before);
  }

  private Found found() throws SQLException {
    List<UserType> made = new ArrayList<>();
    List<TableId> foreign = new ArrayList<>();
    for (TypeRow row : ordered()) {
      if (row.fromExtension() || row.plainArray() || row.kind().equals("m")) {
        continue;
      }
      switch (row.kind()) {
        case "e" -> made.add(new UserType.EnumType(row.id(), row.labels()));
        case "d" -> made.add(new UserType.DomainType(row.id(), row.clauses()));
        case "c" -> {
          if (row.relationKind().equals("c")) {
            made.add(new UserType.CompositeType(row.id(), row.attributes()));
          } else {
            foreign.add(row.id());
          }
        }
        case "r" -> {
          if (row.canonical()) {
            foreign.add(row.id());
          } else {
            made.add(new UserType.RangeType(row.id(), row.multirange(), row.rangeOptions()));
          }
        }
        default -> foreign.add(row.id());
      }
    }
    return new Found(made, collationDefinitions(), routines(), extensions(), foreign);
  }

  /** Each type after those it is made of; by name where that leaves a choice. */
  private List<TypeRow> ordered() throws SQLException {
    record Edge(long type, long needs) {}
    Map<Long, List<Edge>> edges =
        CatalogQuery.group(
            CatalogQuery.list(
                connection,
                TYPE_EDGES,
                row -> new Edge(row.getLong("oid"), row.getLong("needs")),
                types),
            Edge::type);
    Map<Long, TypeRow> byOid = new LinkedHashMap<>();
    rows.forEach(row -> byOid.put(row.oid(), row));
    Map<Long, TypeRow> done = new LinkedHashMap<>();
    Set<Long> under = new LinkedHashSet<>();
    class Visit {
      void visit(long oid) {
        if (!done.containsKey(oid) && under.add(oid)) {
          edges.getOrDefault(oid, List.of()).stream()
              .map(Edge::needs)
              .sorted(Comparator.comparing(needs -> name(byOid, needs)))
              .forEach(this::visit);
          if (byOid.containsKey(oid)) {
            done.put(oid, byOid.get(oid));
          }
        }
      }
    }
    Visit visit = new Visit();
    rows.forEach(row -> visit.visit(row.oid()));
    return List.copyOf(done.values());
  }

  private static String name(Map<Long, TypeRow> rows, long oid) {
    TypeRow row = rows.get(oid);
    return row == null ? "" : row.id().toString();
  }

  private List<Routine> routines() throws SQLException {
    Map<Long, Dependency> calls = new LinkedHashMap<>();
    for (Dependency dependency : dependencies) {
      if (dependency.kind().endsWith("pg_proc") && dependency.extension().isEmpty()) {
        calls.putIfAbsent(dependency.oid(), dependency);
      }
    }
    return CatalogQuery.list(
        connection,
        ROUTINES,
        row ->
            new Routine(
                new TableId(row.getString("nspname"), row.getString("proname")),
                row.getString("arguments"),
                Known.require(calls, row.getLong("oid")).usedBy()),
        calls.keySet());
  }

  private List<Extension> extensions() throws SQLException {
    Set<String> names = new TreeSet<>();
    dependencies.forEach(dependency -> names.add(dependency.extension()));
    names.remove("");
    names.addAll(
        CatalogQuery.list(connection, EXTENSIONS_OF_TYPES, row -> row.getString("extname"), types));
    return CatalogQuery.list(
        connection,
        EXTENSIONS,
        row ->
            new Extension(
                row.getString("extname"),
                row.getString("nspname"),
                Set.copyOf(CatalogQuery.texts(row, "members"))),
        (Object) names.toArray(String[]::new));
  }

  private List<CollationDefinition> collationDefinitions() throws SQLException {
    return CatalogQuery.list(
        connection,
        COLLATIONS,
        row ->
            new CollationDefinition(
                new TableId(row.getString("nspname"), row.getString("collname")), options(row)),
        collations);
  }

  private static String options(ResultSet row) throws SQLException {
    List<String> options = new ArrayList<>();
    String provider = row.getString("provider");
    String locale = row.getString("locale");
    switch (provider) {
      case "c" -> {
        options.add("provider = libc");
        options.add("lc_collate = " + Identifiers.literal(row.getString("collcollate")));
        options.add("lc_ctype = " + Identifiers.literal(row.getString("collctype")));
      }
      case "i" -> {
        options.add("provider = icu");
        // Version 14 keeps an ICU locale in collcollate.
        options.add(
            "locale = "
                + Identifiers.literal(locale == null ? row.getString("collcollate") : locale));
      }
      default -> {
        options.add("provider = builtin");
        options.add("locale = " + Identifiers.literal(locale));
      }
    }
    if (!row.getBoolean("deterministic")) {
      options.add("deterministic = false");
    }
    String rules = row.getString("rules");
    if (rules != null) {
      options.add("rules = " + Identifiers.literal(rules));
    }
    return "(" + String.join(", ", options) + ")";
  }

  private static TypeRow typeRow(ResultSet row) throws SQLException {
    TableId id = new TableId(row.getString("nspname"), row.getString("typname"));
    String multirange = row.getString("multirange_name");
    return new TypeRow(
        row.getLong("oid"),
        id,
        row.getString("typtype"),
        row.getString("relkind"),
        CatalogQuery.texts(row, "labels"),
        row.getString("clauses"),
        CatalogQuery.texts(row, "attributes"),
        row.getString("range_options"),
        row.getBoolean("canonical"),
        multirange == null ? id : new TableId(row.getString("multirange_schema"), multirange),
        List.of((Long[]) row.getArray("constraints").getArray()),
        row.getLong("collation"),
        row.getBoolean("from_extension"),
        row.getBoolean("plain_array"));
  }
}
