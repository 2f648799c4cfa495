package io.tidemark.database.postgres.ddl;

import io.tidemark.database.postgres.catalog.Conversions;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.ColumnDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.Content;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.TableDefinition;
import io.tidemark.database.postgres.catalog.ReceivingColumn;
import io.tidemark.database.postgres.catalog.TableRows;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.session.QualifiedNames;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Compares a table that the target has already with what the source's needs. */
public final class TableShape {

  /** With the words of types that have several, and what they are limited to. */
  private static final Pattern CASTS =
      Pattern.compile(
          "::\\s*(?:\"[^\"]+\"|\\w+)(?:\\.(?:\"[^\"]+\"|\\w+))*"
              + "(?: varying| precision)?(?:\\([0-9, ]+\\))?(?: with(?:out)? time zone)?(?:\\[\\])*");

  private static final String KEYS =
      """
      SELECT i.indrelid, c.relname, i.indisvalid, k.conname IS NOT NULL AS constrained,
             coalesce(k.contype = 'x', false) AS exclusion,
             i.indpred IS NULL AND i.indexprs IS NULL AS whole,
             ARRAY(SELECT a.attname::text
                   FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u(attnum, ord)
                   JOIN pg_catalog.pg_attribute AS a
                     ON a.attrelid = i.indrelid AND a.attnum = u.attnum
                   WHERE u.ord <= i.indnkeyatts ORDER BY u.ord) AS key_columns
      FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
      LEFT JOIN pg_catalog.pg_constraint AS k
        ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
      WHERE i.indrelid = ANY (?) AND (i.indisunique OR k.contype = 'x')
      ORDER BY i.indrelid, c.relname COLLATE "C"
      """;

  /**
   * @param whole whether it holds for every row, and for columns as they are
   */
  public record UniqueKey(
      long table,
      String name,
      boolean valid,
      boolean constraint,
      boolean exclusion,
      boolean whole,
      List<String> columns) {}

  private final TargetNames names;
  private final PostgresSchemaDescription description;
  private final Map<Long, Map<String, TableRows.ColumnRow>> columns = new LinkedHashMap<>();
  private final Map<Long, Map<String, ReceivingColumn>> receiving;
  private final Map<Long, List<UniqueKey>> uniqueKeys;

  private TableShape(
      TargetNames names,
      PostgresSchemaDescription description,
      Map<Long, Map<String, ReceivingColumn>> receiving,
      Map<Long, List<UniqueKey>> uniqueKeys) {
    this.names = names;
    this.description = description;
    this.receiving = receiving;
    this.uniqueKeys = uniqueKeys;
  }

  /** Reads the shapes of these tables of the target. */
  public static TableShape read(
      Connection connection,
      TargetNames names,
      PostgresSchemaDescription description,
      Collection<Long> tables)
      throws SQLException {
    TableShape shape =
        new TableShape(
            names,
            description,
            ReceivingColumn.read(connection, tables),
            CatalogQuery.group(
                CatalogQuery.list(
                    connection,
                    KEYS,
                    row ->
                        new UniqueKey(
                            row.getLong("indrelid"),
                            row.getString("relname"),
                            row.getBoolean("indisvalid"),
                            row.getBoolean("constrained"),
                            row.getBoolean("exclusion"),
                            row.getBoolean("whole"),
                            CatalogQuery.texts(row, "key_columns")),
                    tables),
                UniqueKey::table));
    for (TableRows.ColumnRow column : TableRows.columns(connection, tables)) {
      shape
          .columns
          .computeIfAbsent(column.table(), oid -> new LinkedHashMap<>())
          .put(column.name(), column);
    }
    return shape;
  }

  /** In what the target's table does not fit, in sentences' ends; empty if it does. */
  public List<String> differences(TableDefinition table, TargetCatalog.Relation existing) {
    if (!existing.table()) {
      return List.of("is not a table (its relkind is " + existing.kind() + ")");
    }
    List<String> differences = new ArrayList<>();
    Map<String, TableRows.ColumnRow> there = columns.getOrDefault(existing.oid(), Map.of());
    for (ColumnDefinition column : table.columns()) {
      TableRows.ColumnRow other = there.get(column.name());
      if (other == null) {
        differences.add("has no column " + column.name() + " (" + column.type() + ")");
      } else {
        compare(table, column, other).ifPresent(differences::add);
      }
    }
    for (TableRows.ColumnRow other : there.values()) {
      boolean known = table.columns().stream().anyMatch(mine -> mine.name().equals(other.name()));
      boolean fillsItself = !other.expression().isEmpty() || !other.identity().isEmpty();
      if (!known && other.notNull() && !fillsItself) {
        differences.add(
            "has a column " + other.name() + " that the source lacks and that needs a value");
      }
    }
    keyColumns(table)
        .filter(
            key ->
                uniqueKeys.getOrDefault(existing.oid(), List.of()).stream()
                    .noneMatch(
                        other ->
                            other.valid()
                                && other.whole()
                                && !other.exclusion()
                                && sameColumns(other.columns(), key)))
        .ifPresent(key -> differences.add("has no primary or unique key on " + key));
    return differences;
  }

  /**
   * Unique keys and exclusion constraints of the target's table that rows may break while they are
   * copied at several moments.
   */
  public List<UniqueKey> keysInTheWay(TableDefinition table, TargetCatalog.Relation existing) {
    Optional<List<String>> key = keyColumns(table);
    return uniqueKeys.getOrDefault(existing.oid(), List.of()).stream()
        .filter(
            other -> key.isPresent() && !(other.whole() && sameColumns(other.columns(), key.get())))
        .toList();
  }

  private Optional<String> compare(
      TableDefinition table, ColumnDefinition column, TableRows.ColumnRow other) {
    Optional<String> otherType = typeDifference(table, column, other);
    if (otherType.isPresent()) {
      return otherType;
    }
    boolean generatedHere = column.content() instanceof Content.Generated;
    boolean generatedThere = !other.generated().isEmpty();
    if (generatedHere != generatedThere) {
      return Optional.of(
          "has column "
              + column.name()
              + (generatedThere ? " generated" : " not generated")
              + ", other than the source");
    }
    if (column.content() instanceof Content.Generated here
        && !description.translated()
        && !loose(names.sql(here.expression())).equals(loose(other.expression()))) {
      return Optional.of(
          "has column "
              + column.name()
              + " generated as "
              + other.expression()
              + ", the source as "
              + names.sql(here.expression()));
    }
    if (column.nullable() && other.notNull()) {
      return Optional.of("has column " + column.name() + " as NOT NULL, the source does not");
    }
    return Optional.empty();
  }

  /**
   * An expression without its casts, brackets, quotes and spaces. A server prints one that was made
   * from its own text with these elsewhere: {@code (ARRAY[…])::text[]} as {@code ARRAY[(…)::text]}.
   */
  private static String loose(String expression) {
    return CASTS.matcher(expression).replaceAll("").replaceAll("[()\\s\"]", "");
  }

  private Optional<String> typeDifference(
      TableDefinition table, ColumnDefinition column, TableRows.ColumnRow other) {
    String there = "has column " + column.name() + " as " + other.type() + ", the source as ";
    if (!description.translated()) {
      String wanted = QualifiedNames.canonical(names.sql(column.type()));
      return wanted.equals(QualifiedNames.canonical(other.type()))
          ? Optional.empty()
          : Optional.of(there + column.type());
    }
    ReceivingColumn receives = receiving.getOrDefault(other.table(), Map.of()).get(column.name());
    return description.portable().tables().stream()
        .filter(portable -> portable.id().equals(table.id()))
        .flatMap(portable -> portable.columns().stream())
        .filter(portable -> portable.name().equals(column.name()))
        .filter(
            portable ->
                receives != null
                    && (Conversions.of(portable.values(), receives).isEmpty()
                        || table.keyColumns().contains(column.name())
                            && !Conversions.keepsKeysApart(portable.values(), receives)))
        .map(
            portable ->
                there
                    + portable.type()
                    + ", whose values it would not all keep as they are, or not apart (make it "
                    + column.type()
                    + ")")
        .findFirst();
  }

  /** Rows are told apart by the same columns in whatever order. */
  private static boolean sameColumns(List<String> some, List<String> others) {
    return some.size() == others.size() && Set.copyOf(some).equals(Set.copyOf(others));
  }

  private static Optional<List<String>> keyColumns(TableDefinition table) {
    return Optional.of(table.keyColumns()).filter(columns -> !columns.isEmpty());
  }

  /** The {@link #differences} of one table as a sentence without its full stop, for messages. */
  public static String sentence(TableId target, List<String> differences) {
    return "table "
        + target
        + " at the target "
        + differences.stream().collect(Collectors.joining("; it "));
  }
}
