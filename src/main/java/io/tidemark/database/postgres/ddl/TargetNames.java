package io.tidemark.database.postgres.ddl;

import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ExclusionConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Extension;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.IndexDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.KeyConstraint;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.TableDefinition;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.QualifiedNames;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Renaming;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What the source's objects are called at the target, alone and inside SQL. Immutable. */
public final class TargetNames {

  /** The longest name that PostgreSQL keeps, in bytes (manual, 4.1.1). */
  private static final int MAX_NAME_BYTES = 63;

  private record IndexName(TableId table, String name) {}

  private final Renaming renaming;
  private final List<Extension> extensions;
  private final Map<String, String> extensionSchemas;
  private final Map<IndexName, String> indexNames = new HashMap<>();

  /**
   * @param extensionSchemas where the extensions lie that the target has, by extension
   */
  public TargetNames(
      Renaming renaming,
      PostgresSchemaDescription description,
      Map<String, String> extensionSchemas) {
    this.renaming = renaming;
    this.extensions = description.extensions();
    this.extensionSchemas = Map.copyOf(extensionSchemas);
    nameIndexes(description);
  }

  /** A table, sequence, type or collation. */
  public TableId of(TableId source) {
    return renaming.targetOf(source);
  }

  /** The same for SQL: quoted, with its schema. */
  public String quoted(TableId source) {
    return Identifiers.quote(of(source));
  }

  String schema(String source) {
    return renaming.schemas().getOrDefault(source, source);
  }

  String extensionSchema(Extension extension) {
    return extensionSchemas.getOrDefault(extension.name(), schema(extension.schema()));
  }

  /** SQL of the source with the target's names in it. */
  public String sql(String source) {
    return QualifiedNames.rewrite(source, this::inSql);
  }

  /**
   * The name of an index or of the constraint that it belongs to. It is the source's, unless tables
   * of several schemas move into one and their indexes' names meet there.
   */
  String index(TableId table, String name) {
    return indexNames.getOrDefault(new IndexName(table, name), name);
  }

  private TableId inSql(TableId name) {
    if (name.schema().equals("pg_catalog") || name.schema().equals("information_schema")) {
      return name;
    }
    for (Extension extension : extensions) {
      if (extension.schema().equals(name.schema()) && extension.members().contains(name.name())) {
        return new TableId(extensionSchema(extension), name.name());
      }
    }
    return of(name);
  }

  private void nameIndexes(PostgresSchemaDescription description) {
    Set<TableId> taken = new HashSet<>();
    description.tables().forEach(table -> taken.add(of(table.id())));
    description.sequences().forEach(owned -> taken.add(of(owned.sequence().id())));
    for (TableDefinition table : description.tables()) {
      String schema = of(table.id()).schema();
      indexNamesOf(table)
          .forEach(
              name -> {
                String free = name;
                for (int number = 1; !taken.add(new TableId(schema, free)); number++) {
                  free = numbered(name, number);
                }
                indexNames.put(new IndexName(table.id(), name), free);
              });
    }
  }

  private static Stream<String> indexNamesOf(TableDefinition table) {
    return Stream.of(
            table.keys().stream().map(KeyConstraint::name),
            table.exclusions().stream().map(ExclusionConstraint::name),
            table.indexes().stream().map(IndexDefinition::name))
        .flatMap(names -> names);
  }

  /** The name with a number behind it, and short enough. */
  static String numbered(String name, int number) {
    return shortened(name, "_" + number);
  }

  /** The name, cut where PostgreSQL would cut it. */
  static String shortened(String name) {
    return shortened(name, "");
  }

  private static String shortened(String name, String suffix) {
    StringBuilder stem = new StringBuilder(name);
    while (!fits(stem + suffix)) {
      stem.setLength(stem.offsetByCodePoints(stem.length(), -1));
    }
    return stem + suffix;
  }

  /** Whether PostgreSQL keeps the whole name. */
  public static boolean fits(String name) {
    return name.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME_BYTES;
  }
}
