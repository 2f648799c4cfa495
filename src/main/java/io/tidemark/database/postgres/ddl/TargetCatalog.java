package io.tidemark.database.postgres.ddl;

import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What the target has already. Read at one moment; a value from then on. */
public final class TargetCatalog {

  private static final String RELATIONS =
      """
      SELECT c.oid, n.nspname, c.relname, c.relkind::text AS relkind,
             c.relpersistence::text AS relpersistence
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = ANY (?)
      """;

  private static final String TYPES =
      """
      SELECT n.nspname, t.typname, t.typtype::text AS typtype,
             ARRAY(SELECT l.enumlabel::text FROM pg_catalog.pg_enum AS l
                   WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder) AS labels,
             CASE t.typtype
               WHEN 'd' THEN ARRAY[pg_catalog.format_type(t.typbasetype, t.typtypmod)]
               WHEN 'r' THEN ARRAY(SELECT pg_catalog.format_type(r.rngsubtype, NULL)
                                   FROM pg_catalog.pg_range AS r WHERE r.rngtypid = t.oid)
               WHEN 'c' THEN ARRAY(
                 SELECT pg_catalog.format('%I %s', a.attname,
                                          pg_catalog.format_type(a.atttypid, a.atttypmod))
                 FROM pg_catalog.pg_attribute AS a
                 WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                 ORDER BY a.attnum)
               ELSE ARRAY[]::text[] END AS parts
      FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
      WHERE n.nspname = ANY (?) AND (c.oid IS NULL OR c.relkind = 'c')
      """;

  private static final String COLLATIONS =
      """
      SELECT n.nspname, c.collname
      FROM pg_catalog.pg_collation AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
      WHERE n.nspname = ANY (?)
      """;

  private static final String EXTENSIONS =
      """
      SELECT x.extname, n.nspname
      FROM pg_catalog.pg_extension AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.extnamespace
      """;

  /**
   * @param kind as {@code pg_class.relkind} has it
   */
  public record Relation(long oid, TableId id, String kind, String persistence) {
    /** Whether it is a table, partitioned or not, and no view, index or sequence. */
    public boolean table() {
      return kind.equals("r") || kind.equals("p");
    }
  }

  /**
   * @param kind as {@code pg_type.typtype} has it
   * @param parts what a domain or a range is of, or what attributes a row type has, each with its
   *     type and modifiers
   */
  public record Type(TableId id, String kind, List<String> labels, List<String> parts) {}

  private final Set<String> schemas;
  private final Map<TableId, Relation> relations = new LinkedHashMap<>();
  private final Map<TableId, Type> types = new LinkedHashMap<>();
  private final Set<TableId> collations;
  private final Map<String, String> extensionSchemas;

  private TargetCatalog(
      Set<String> schemas, Set<TableId> collations, Map<String, String> extensionSchemas) {
    this.schemas = Set.copyOf(schemas);
    this.collations = Set.copyOf(collations);
    this.extensionSchemas = Map.copyOf(extensionSchemas);
  }

  /** Reads what lies in these schemas. */
  public static TargetCatalog read(Connection connection, Collection<String> schemas)
      throws SQLException {
    String[] wanted = schemas.toArray(String[]::new);
    TargetCatalog catalog =
        new TargetCatalog(
            Set.copyOf(
                CatalogQuery.list(
                    connection,
                    "SELECT nspname FROM pg_catalog.pg_namespace",
                    row -> row.getString(1))),
            Set.copyOf(
                CatalogQuery.list(
                    connection,
                    COLLATIONS,
                    row -> new TableId(row.getString(1), row.getString(2)),
                    (Object) wanted)),
            extensionSchemas(connection));
    CatalogQuery.list(
            connection,
            RELATIONS,
            row ->
                new Relation(
                    row.getLong("oid"),
                    new TableId(row.getString("nspname"), row.getString("relname")),
                    row.getString("relkind"),
                    row.getString("relpersistence")),
            (Object) wanted)
        .forEach(relation -> catalog.relations.put(relation.id(), relation));
    CatalogQuery.list(
            connection,
            TYPES,
            row ->
                new Type(
                    new TableId(row.getString("nspname"), row.getString("typname")),
                    row.getString("typtype"),
                    CatalogQuery.texts(row, "labels"),
                    CatalogQuery.texts(row, "parts")),
            (Object) wanted)
        .forEach(type -> catalog.types.put(type.id(), type));
    return catalog;
  }

  /** Where the target's extensions lie, by name. */
  public static Map<String, String> extensionSchemas(Connection connection) throws SQLException {
    record Extension(String name, String schema) {}
    return CatalogQuery.list(
            connection, EXTENSIONS, row -> new Extension(row.getString(1), row.getString(2)))
        .stream()
        .collect(Collectors.toMap(Extension::name, Extension::schema));
  }

  /** Whether the schema is there, whichever schemas were asked for. */
  public boolean hasSchema(String name) {
    return schemas.contains(name);
  }

  boolean hasCollation(TableId id) {
    return collations.contains(id);
  }

  /** Whether the extension is there, in whichever schema. */
  public boolean hasExtension(String name) {
    return extensionSchemas.containsKey(name);
  }

  /** What has this name in {@code pg_class}; empty also for a schema that was not asked for. */
  public Optional<Relation> relation(TableId id) {
    return Optional.ofNullable(relations.get(id));
  }

  /**
   * The type of this name, row types of tables left out; empty also for a schema that was not asked
   * for.
   */
  public Optional<Type> type(TableId id) {
    return Optional.ofNullable(types.get(id));
  }
}
