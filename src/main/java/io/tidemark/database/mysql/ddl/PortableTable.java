package io.tidemark.database.mysql.ddl;

import io.tidemark.database.PortableSchema.ColumnDefinition;
import io.tidemark.database.PortableSchema.DefaultValue;
import io.tidemark.database.PortableSchema.Index;
import io.tidemark.database.PortableSchema.IndexPart;
import io.tidemark.database.PortableSchema.TableDefinition;
import io.tidemark.database.mysql.ddl.TablePlan.Addition;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.write.FieldEncoding;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Plans a table from portable terms. */
final class PortableTable {

  /** How many characters of a long text an index takes that need not tell texts apart. */
  private static final int PREFIX = 191;

  private final TableDefinition table;
  private final ColumnTypes types;
  private final Map<String, Integer> indexBytes = new HashMap<>();

  PortableTable(TableDefinition table, ColumnTypes types) {
    this.table = table;
    this.types = types;
    share(table.primaryKey());
    table.indexes().stream()
        .filter(Index::unique)
        .forEach(index -> share(index.parts().stream().map(IndexPart::column).toList()));
  }

  /** Those columns of an index that may be long share what it can hold. */
  private void share(List<String> columns) {
    List<String> open = columns.stream().filter(name -> isLong(column(name).values())).toList();
    int fixed = columns.size() - open.size();
    for (String name : open) {
      // Eight bytes at most for numbers and times, more for decimals and UUIDs.
      int bytes = (ColumnTypes.MAX_INDEX_BYTES - 40 * fixed) / open.size();
      indexBytes.merge(name, bytes, Math::min);
    }
  }

  private static boolean isLong(ValueType values) {
    return values instanceof ValueType.Text
        || values instanceof ValueType.Binary
        || values instanceof ValueType.Bits
        || values instanceof ValueType.LabelSet
        || values instanceof ValueType.Enumeration;
  }

  private ColumnDefinition column(String name) {
    return table.columns().stream()
        .filter(column -> column.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "an index of table " + table.id() + " has no column " + name));
  }

  TablePlan plan(TableId id, List<Addition> foreignKeys) {
    List<String> lines = new ArrayList<>();
    boolean numbered = false;
    for (ColumnDefinition column : table.columns()) {
      boolean automatic =
          !numbered
              && column.automatic()
              && column.values() instanceof ValueType.Int
              && table.primaryKey().stream().findFirst().equals(Optional.of(column.name()));
      numbered |= automatic;
      lines.add("  " + line(column, automatic));
    }
    if (!table.primaryKey().isEmpty()) {
      lines.add("  PRIMARY KEY (" + Identifiers.list(table.primaryKey()) + ")");
    }
    List<Addition> indexes = new ArrayList<>();
    for (Index index : table.indexes()) {
      // Without a primary key one of these names the rows.
      boolean names =
          table.primaryKey().isEmpty()
              && index.unique()
              && index.parts().stream().noneMatch(part -> column(part.column()).nullable());
      if (names) {
        lines.add("  " + clause(index));
      } else {
        indexes.add(new Addition(index.name(), "ADD " + clause(index)));
      }
    }
    return new TablePlan(
        id,
        "CREATE TABLE IF NOT EXISTS "
            + Identifiers.quote(id)
            + " (\n"
            + String.join(",\n", lines)
            + "\n) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE="
            + FieldEncoding.exactCollation(types.server().flavour()),
        table.columns().stream().map(ColumnDefinition::name).collect(Collectors.toSet()),
        indexes,
        foreignKeys);
  }

  /** What a statement says of a column that is added or modified. */
  String line(ColumnDefinition column) {
    return line(column, false);
  }

  private String line(ColumnDefinition column, boolean automatic) {
    String type = type(column);
    StringBuilder line =
        new StringBuilder(Identifiers.quote(column.name())).append(' ').append(type);
    line.append(column.nullable() ? " NULL" : " NOT NULL");
    if (automatic) {
      line.append(" AUTO_INCREMENT");
    } else {
      defaultOf(column, type).ifPresent(value -> line.append(" DEFAULT ").append(value));
    }
    return line.toString();
  }

  /** The type that is made for the column. */
  String type(ColumnDefinition column) {
    return types.of(
        column.name(), column.values(), Optional.ofNullable(indexBytes.get(column.name())));
  }

  private static Optional<String> defaultOf(ColumnDefinition column, String type) {
    if (column.defaultValue() == DefaultValue.Plain.CURRENT_TIMESTAMP) {
      if (column.values() instanceof ValueType.Timestamp stamp) {
        return Optional.of("CURRENT_TIMESTAMP(" + Math.max(0, Math.min(6, stamp.digits())) + ")");
      }
      return column.values() == ValueType.Plain.DATE
          ? Optional.of("(CURDATE())")
          : Optional.empty();
    }
    if (!(column.defaultValue() instanceof DefaultValue.Literal literal)) {
      return Optional.empty();
    }
    String text = literal.text();
    if (text.contains("infinity")
        || text.contains("Infinity")
        || text.equals("NaN")
        || (isTime(column.values()) && text.endsWith(" BC"))) {
      return Optional.empty();
    }
    if (column.values() instanceof ValueType.Bits && type.startsWith("bit")) {
      return Optional.of("b'" + text + "'");
    }
    String quoted = Identifiers.literal(text);
    boolean expression =
        type.startsWith("json")
            || type.startsWith("text")
            || type.startsWith("mediumtext")
            || type.startsWith("longtext");
    return Optional.of(expression ? "(" + quoted + ")" : quoted);
  }

  private static boolean isTime(ValueType values) {
    return values == ValueType.Plain.DATE || values instanceof ValueType.Timestamp;
  }

  private String clause(Index index) {
    return (index.unique() ? "UNIQUE KEY " : "KEY ")
        + Identifiers.quote(index.name())
        + " ("
        + index.parts().stream().map(part -> part(index, part)).collect(Collectors.joining(", "))
        + ")";
  }

  private String part(Index index, IndexPart part) {
    ColumnDefinition column = column(part.column());
    boolean open =
        !index.unique() && (type(column).contains("text") || type(column).contains("blob"));
    return Identifiers.quote(part.column())
        + (open ? "(" + PREFIX + ")" : "")
        + (part.descending() ? " DESC" : "");
  }
}
