package io.tidemark.database.mysql.check;

import io.tidemark.database.PortableSchema;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.catalog.MySqlSchemaDescription;
import io.tidemark.database.mysql.ddl.TablePlans;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.ServerVersion;
import io.tidemark.database.mysql.write.Conversions;
import io.tidemark.database.mysql.write.FieldEncoding;
import io.tidemark.schema.Column;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.settings.Renaming;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether the columns of a table that is there keep what the source's columns have. */
final class ColumnChecks {

  private final SchemaDescription description;
  private final ServerVersion server;
  private final Map<TableId, PortableSchema.TableDefinition> tables = new HashMap<>();

  ColumnChecks(SchemaDescription description, ServerVersion server, Renaming renaming) {
    this.description = description;
    this.server = server;
    description
        .portable()
        .tables()
        .forEach(table -> tables.put(renaming.targetOf(table.id()), table));
  }

  /**
   * Compares what is stored; columns that the target lacks are passed over.
   *
   * @param id of the table at the target
   * @param there its columns by name
   * @return an error for each column that does not do
   */
  List<Finding> check(TableId id, Map<String, MySqlColumn> there) {
    List<Finding> findings = new ArrayList<>();
    PortableSchema.TableDefinition table = tables.get(id);
    if (table == null) {
      return findings;
    }
    for (PortableSchema.ColumnDefinition column : table.columns()) {
      Optional.ofNullable(there.get(column.name()))
          .filter(target -> !target.generated())
          .flatMap(target -> check(id, table, column, target))
          .ifPresent(findings::add);
    }
    return findings;
  }

  private Optional<Finding> check(
      TableId id,
      PortableSchema.TableDefinition table,
      PortableSchema.ColumnDefinition column,
      MySqlColumn there) {
    Column source = new Column(column.name(), column.type(), column.nullable(), column.values());
    if (!Conversions.allows(source, there)) {
      boolean none = column.values() == ValueType.Plain.OWN;
      return Optional.of(
          error(
              id,
              Conversions.refusal(source, there),
              none
                  ? "leave the column out with source.columns"
                  : modify(id, table, column, there.column().nullable(), there.automatic())
                      + "; or leave the column out with source.columns"));
    }
    if (keyOf(table).contains(column.name()) && !keepsKeysApart(table, column, there)) {
      return Optional.of(
          error(
              id,
              "key column "
                  + column.name()
                  + " is "
                  + there.column().type()
                  + " (collation "
                  + there.collation()
                  + ") at the target and "
                  + column.type()
                  + " at the source: keys that the source tells apart may be one key there, and"
                  + " their order differs",
              modify(id, table, column, there.column().nullable(), there.automatic())));
    }
    // An empty value may become the present moment or the next number (explicit_defaults_for_
    // timestamp, AUTO_INCREMENT: MySQL manual, 7.1.8 and 5.6.9) and not an error.
    if (column.nullable() && !there.column().nullable()) {
      return Optional.of(
          error(
              id,
              "column " + column.name() + " may be null at the source, and not at the target",
              modify(id, table, column, true, there.automatic())));
    }
    return Optional.empty();
  }

  /** What names the rows, as far as portable terms say it: the primary key, or any unique one. */
  private Set<String> keyOf(PortableSchema.TableDefinition table) {
    return table.primaryKey().isEmpty()
        ? table.indexes().stream()
            .filter(PortableSchema.Index::unique)
            .flatMap(index -> index.parts().stream())
            .map(PortableSchema.IndexPart::column)
            .collect(Collectors.toSet())
        : Set.copyOf(table.primaryKey());
  }

  /**
   * Numbers, times and bytes are told apart alike everywhere, as long as they are stored as such.
   * Text is by its collation: the source's own, or one that tells any two texts apart.
   */
  private boolean keepsKeysApart(
      PortableSchema.TableDefinition table,
      PortableSchema.ColumnDefinition column,
      MySqlColumn there) {
    if (!(there.column().values() instanceof ValueType.Text)) {
      return true;
    }
    ValueType values = column.values();
    if (values == ValueType.Plain.UUID || values instanceof ValueType.Bits) {
      return true;
    }
    boolean text =
        values instanceof ValueType.Text
            || values instanceof ValueType.Enumeration
            || values instanceof ValueType.LabelSet;
    return text
        && (there.collation().equals(FieldEncoding.exactCollation(server.flavour()))
            || collationOf(table.id(), column.name()).equals(Optional.of(there.collation())));
  }

  private Optional<String> collationOf(TableId source, String column) {
    return description instanceof MySqlSchemaDescription own
        ? own.definitionOf(source).stream()
            .flatMap(definition -> definition.columns().stream())
            .filter(found -> found.name().equals(column))
            .map(MySqlColumn::collation)
            .findFirst()
        : Optional.empty();
  }

  private String modify(
      TableId id,
      PortableSchema.TableDefinition table,
      PortableSchema.ColumnDefinition column,
      boolean nullable,
      boolean automatic) {
    return "ALTER TABLE "
        + Identifiers.quote(id)
        + " MODIFY "
        + Identifiers.quote(column.name())
        + " "
        + TablePlans.typeOf(description, server, table, column)
        + (nullable ? " NULL" : " NOT NULL")
        + (automatic ? " AUTO_INCREMENT" : "");
  }

  private static Finding error(TableId id, String problem, String remedy) {
    return new Finding(Severity.ERROR, id.toString(), problem, remedy);
  }
}
