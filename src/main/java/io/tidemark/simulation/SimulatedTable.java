package io.tidemark.simulation;

import io.tidemark.change.Key;
import io.tidemark.change.Row;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A table whose rows have the numbers below {@link SimulatedSource#KEYS}: as a key of one column,
 * as a key of two, or, without a key, known to the source only.
 */
final class SimulatedTable {

  /** How the number of a row shows in its columns. */
  enum Kind {
    ONE_COLUMN,
    TWO_COLUMNS,
    NO_KEY
  }

  /** How many keys of two columns have the same first one. */
  private static final int SECOND = 3;

  final int number;
  final Kind kind;
  final Table table;
  private final int keyColumns;
  private final Key[] keys = new Key[SimulatedSource.KEYS];

  SimulatedTable(int number, Kind kind) {
    this.number = number;
    this.kind = kind;
    List<String> key =
        switch (kind) {
          case ONE_COLUMN -> List.of("k");
          case TWO_COLUMNS -> List.of("a", "b");
          case NO_KEY -> List.of();
        };
    this.keyColumns = key.size();
    List<Column> columns = new ArrayList<>();
    key.forEach(name -> columns.add(new Column(name, "integer", false)));
    columns.add(new Column("small", "text", false));
    columns.add(new Column("large", "text", false));
    this.table =
        new Table(
            new TableId("s", "t" + number),
            columns,
            key.isEmpty() ? Optional.empty() : Optional.of(new PrimaryKey(key)));
    for (int i = 0; i < keys.length && kind != Kind.NO_KEY; i++) {
      keys[i] = new Key(values(i));
    }
  }

  boolean hasKey() {
    return kind != Kind.NO_KEY;
  }

  Key key(int row) {
    return keys[row];
  }

  int number(Key key) {
    int first = Integer.parseInt(key.values().get(0));
    return kind == Kind.TWO_COLUMNS
        ? first * SECOND + Integer.parseInt(key.values().get(1))
        : first;
  }

  private List<String> values(int row) {
    return switch (kind) {
      case ONE_COLUMN -> List.of(Integer.toString(row));
      case TWO_COLUMNS -> List.of(Integer.toString(row / SECOND), Integer.toString(row % SECOND));
      case NO_KEY -> List.of();
    };
  }

  /** The row as a snapshot or an insert shows it. */
  Row row(int row, Content content) {
    byte[] bytes = new byte[keyColumns + content.small().length() + content.large().length()];
    Row.Builder built = Row.builder(bytes, keyColumns + 2);
    int at = putKey(bytes, built, row);
    at = put(bytes, built, keyColumns, at, content.small());
    put(bytes, built, keyColumns + 1, at, content.large());
    return built.build();
  }

  /** The row as an update shows it: without the large value if {@code before} had the same. */
  Row rowAfter(int row, Content content, Content before) {
    if (content.large().isEmpty() || !content.large().equals(before.large())) {
      return row(row, content);
    }
    byte[] bytes = new byte[keyColumns + content.small().length()];
    Row.Builder built = Row.builder(bytes, keyColumns + 2);
    put(bytes, built, keyColumns, putKey(bytes, built, row), content.small());
    return built.build();
  }

  /** What the log shows of a row that was there: the key, or all of it where there is none. */
  Row rowBefore(int row, Content content) {
    if (!hasKey()) {
      return row(row, content);
    }
    byte[] bytes = new byte[keyColumns];
    Row.Builder built = Row.builder(bytes, keyColumns + 2);
    putKey(bytes, built, row);
    return built.build();
  }

  private int putKey(byte[] bytes, Row.Builder built, int row) {
    if (kind == Kind.ONE_COLUMN) {
      bytes[0] = (byte) ('0' + row);
      built.setValue(0, 0, 1);
    } else if (kind == Kind.TWO_COLUMNS) {
      bytes[0] = (byte) ('0' + row / SECOND);
      bytes[1] = (byte) ('0' + row % SECOND);
      built.setValue(0, 0, 1);
      built.setValue(1, 1, 1);
    }
    return keyColumns;
  }

  @SuppressWarnings("deprecation") // One byte a character: the values are ASCII.
  private static int put(byte[] bytes, Row.Builder built, int field, int at, String value) {
    value.getBytes(0, value.length(), bytes, at);
    built.setValue(field, at, value.length());
    return at + value.length();
  }

  /** The number of a row that shows its key. */
  int number(Row row) {
    int first = row.array()[row.offset(0)] - '0';
    return kind == Kind.TWO_COLUMNS ? first * SECOND + row.array()[row.offset(1)] - '0' : first;
  }

  /**
   * What a row shows.
   *
   * @param old what was there before, for a value that the row leaves out
   */
  Content content(Row row, Optional<Content> old) {
    return new Content(
        text(row, keyColumns),
        row.isPresent(keyColumns + 1)
            ? text(row, keyColumns + 1)
            : old.map(Content::large).orElse("?"));
  }

  private static String text(Row row, int field) {
    return new String(
        row.array(), row.offset(field), row.length(field), StandardCharsets.ISO_8859_1);
  }

  /** A row in words. */
  String say(int row) {
    return (hasKey() ? "key " + String.join("/", keys[row].values()) : "row " + row)
        + " of "
        + table.id();
  }
}
