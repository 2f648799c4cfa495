package io.tidemark.database.postgres.catalog;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.postgres.value.Bytes;
import io.tidemark.database.postgres.value.FromPortable;
import io.tidemark.database.postgres.value.PostgresType;
import io.tidemark.database.postgres.value.ToPortable;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A table of a source in both forms: with values as PostgreSQL prints them, and in the portable
 * encoding. Immutable.
 */
public final class PortableTable {

  private final Table own;
  private final Table table;
  private final List<ToPortable> conversions;

  /**
   * @param types of the table's columns, in their order
   */
  public PortableTable(Table own, List<PostgresType> types) {
    this.own = own;
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      Column column = own.columns().get(i);
      columns.add(
          new Column(column.name(), column.type(), column.nullable(), types.get(i).portable()));
    }
    this.table = new Table(own.id(), own.version(), columns, own.key());
    this.conversions = types.stream().map(ToPortable::of).toList();
  }

  private PortableTable(Table own, Table table, List<ToPortable> conversions) {
    this.own = own;
    this.table = table;
    this.conversions = conversions;
  }

  /**
   * The same under the table that was announced for it before. An enum may have got more labels
   * since: they are text like the others.
   *
   * @throws DatabaseException fatal, if its columns are others than those announced
   */
  public PortableTable announced(Table announced) {
    for (int i = 0; i < table.columns().size(); i++) {
      ValueType now = table.columns().get(i).values();
      ValueType then = announced.columns().get(i).values();
      boolean labels =
          now instanceof ValueType.Enumeration && then instanceof ValueType.Enumeration;
      if (!labels && !now.equals(then)) {
        throw altered(announced);
      }
    }
    return new PortableTable(own, announced, conversions);
  }

  /** The table whose rows PostgreSQL gives. */
  public Table own() {
    return own;
  }

  /** The table whose rows are portable. */
  public Table table() {
    return table;
  }

  /** The same columns without what is said of their values. */
  public static Table own(Table table) {
    return new Table(
        table.id(),
        table.version(),
        table.columns().stream()
            .map(column -> new Column(column.name(), column.type(), column.nullable()))
            .toList(),
        table.key());
  }

  /** How many columns travel. */
  public int size() {
    return conversions.size();
  }

  /** Appends the portable form of a value that PostgreSQL printed. */
  public void convert(int field, byte[] text, int offset, int length, Bytes out) {
    try {
      conversions.get(field).encode(text, offset, length, out);
    } catch (IllegalArgumentException e) {
      throw new DatabaseException(
          Kind.FATAL,
          "column "
              + own.columns().get(field).name()
              + " of table "
              + own.id()
              + ", of type "
              + own.columns().get(field).type()
              + ", has a value that is "
              + e.getMessage());
    }
  }

  /** The portable form of a row of the log; what is absent stays so. */
  public Row convert(Row row) {
    Bytes values = new Bytes();
    int[] ends = new int[row.size()];
    for (int field = 0; field < row.size(); field++) {
      if (row.isPresent(field) && !row.isNull(field)) {
        convert(field, row.array(), row.offset(field), row.length(field), values);
      }
      ends[field] = values.size();
    }
    Row.Builder converted = Row.builder(values.copy(), row.size());
    for (int field = 0; field < row.size(); field++) {
      int start = field == 0 ? 0 : ends[field - 1];
      if (row.isNull(field)) {
        converted.setNull(field);
      } else if (row.isPresent(field)) {
        converted.setValue(field, start, ends[field] - start);
      }
    }
    return converted.build();
  }

  /** A key of the portable table, from PostgreSQL's text of its values. */
  public Key portable(Key key) {
    List<String> values = new ArrayList<>();
    int[] fields = own.keyIndexes();
    for (int i = 0; i < fields.length; i++) {
      byte[] text = key.values().get(i).getBytes(StandardCharsets.UTF_8);
      Bytes value = new Bytes();
      convert(fields[i], text, 0, text.length, value);
      values.add(
          table.columns().get(fields[i]).values().isRaw()
              ? HexFormat.of().formatHex(value.array(), 0, value.size())
              : value.text());
    }
    return new Key(values);
  }

  /** The other way round: a key as the portable table's rows have it, as PostgreSQL reads it. */
  public Key own(Key key) {
    int[] fields = table.keyIndexes();
    List<String> values = new ArrayList<>();
    for (int i = 0; i < fields.length; i++) {
      values.add(
          FromPortable.ofKey(table.columns().get(fields[i]).values(), "", key.values().get(i)));
    }
    return new Key(values);
  }

  /** A range of the portable table's keys, with its bounds as PostgreSQL reads them. */
  public KeyRange own(KeyRange range) {
    if (range instanceof KeyRange.Points points) {
      return new KeyRange.Points(points.keys().stream().map(this::own).toList());
    }
    KeyRange.Between between = (KeyRange.Between) range;
    Optional<Key> from = between.from().map(this::own);
    return KeyRange.between(from, between.to().map(this::own));
  }

  /** Why the job cannot go on with a table whose columns have become others. */
  public static DatabaseException altered(Table table) {
    return new DatabaseException(
        Kind.FATAL,
        "table "
            + table.id()
            + " was altered: its columns are not what they were when the job started. Changes of a"
            + " table's definition are not copied: make the same change at the target, drop the"
            + " stream with ./tidemark drop and copy again, or take the table out of the job");
  }
}
