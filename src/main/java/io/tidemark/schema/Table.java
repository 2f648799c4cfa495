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
 *
 * <p>A table may be altered while it is streamed, and its rows have other fields then. Each of its
 * descriptions has a version; a row is read by the one that it came with. Two descriptions of
 * different versions are never equal, whatever they say.
 */
public final class Table implements Serializable {

  private static final long serialVersionUID = 1L;

  private final TableId id;
  private final int version;
  private final List<Column> columns;
  private final @Nullable PrimaryKey key;
  private final int[] keyIndexes;

  /** The table as it is when its stream is opened: version 0. */
  public Table(TableId id, List<Column> columns, Optional<PrimaryKey> key) {
    this(id, 0, columns, key);
  }

  /**
   * @param version which of the table's descriptions this is, in the order of the log; the stream
   *     was opened with 0
   * @param key what names a row, if anything does
   * @throws IllegalArgumentException if the version is negative, a column is there twice, or a key
   *     column not at all
   */
  public Table(TableId id, int version, List<Column> columns, Optional<PrimaryKey> key) {
    if (version < 0) {
      throw new IllegalArgumentException("versions of tables start at 0, not " + version);
    }
    this.id = id;
    this.version = version;
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

  /** The table's name at the source. */
  public TableId id() {
    return id;
  }

  /** Which of the table's descriptions this is, from 0. */
  public int version() {
    return version;
  }

  /** The columns that travel, in the order in which rows hold their fields. */
  public List<Column> columns() {
    return columns;
  }

  /** What names the table's rows; empty if nothing does. */
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
        && version == table.version
        && columns.equals(table.columns)
        && key().equals(table.key());
  }

  @Override
  public int hashCode() {
    return id.hashCode() * 31 + version;
  }

  @Override
  public String toString() {
    return id.toString();
  }
}
