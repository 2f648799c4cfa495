package io.tidemark.schema;

import java.io.Serializable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A table as it is copied: only the columns that travel (no generated ones, none that the job
 * deselects), in the order in which every row of it holds its fields.
 */
public final class Table implements Serializable {

  private static final long serialVersionUID = 1L;

  private final TableId id;
  private final List<Column> columns;
  private final @Nullable PrimaryKey key;
  private final int[] keyIndexes;

  /**
   * @param key what names a row, if anything does
   * @throws IllegalArgumentException if a column is there twice, or a key column not at all
   */
  public Table(TableId id, List<Column> columns, Optional<PrimaryKey> key) {
    this.id = id;
    this.columns = List.copyOf(columns);
    this.key = key.orElse(null);
    Set<String> names = new LinkedHashSet<>();
    for (Column column : columns) {
      if (!names.add(column.name())) {
        throw new IllegalArgumentException(
            "table " + id + " has column " + column.name() + " twice");
      }
    }
    List<String> ordered = List.copyOf(names);
    this.keyIndexes =
        key.map(PrimaryKey::columns).orElse(List.of()).stream()
            .mapToInt(ordered::indexOf)
            .toArray();
    if (IntStream.of(keyIndexes).anyMatch(index -> index < 0)) {
      throw new IllegalArgumentException(
          "the key of table " + id + " has a column that is not copied");
    }
  }

  public TableId id() {
    return id;
  }

  public List<Column> columns() {
    return columns;
  }

  public Optional<PrimaryKey> key() {
    return Optional.ofNullable(key);
  }

  /**
   * The places of the key's columns in {@link #columns()}, in the key's order; empty without key.
   */
  public int[] keyIndexes() {
    return keyIndexes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Table table
        && id.equals(table.id)
        && columns.equals(table.columns)
        && key().equals(table.key());
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return id.toString();
  }
}
