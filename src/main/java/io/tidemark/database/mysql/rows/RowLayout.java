package io.tidemark.database.mysql.rows;

import io.tidemark.change.Row;
import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.ValueBytes;
import io.tidemark.database.mysql.value.FieldType;
import io.tidemark.schema.Table;
import java.util.Arrays;
import java.util.List;

/** Where the fields of a table's rows are in the log's row images, and how to read them. */
public final class RowLayout {

  private static final int NULL = -1;
  private static final int ABSENT = -2;
  private static final int UNREAD = -1;

  private final Table table;
  private final List<TableMap.LoggedColumn> columns;
  private final int[] fields;
  private final CellReader[] readers;

  private RowLayout(
      Table table, List<TableMap.LoggedColumn> columns, int[] fields, CellReader[] readers) {
    this.table = table;
    this.columns = columns;
    this.fields = fields;
    this.readers = readers;
  }

  /** Collects which place of the images is which field. */
  public static final class Builder {
    private final Table table;
    private final TableMap map;
    private final int[] fields;
    private final CellReader[] readers;

    /**
     * @param table what the rows are made for
     * @param map how the log describes the images
     */
    public Builder(Table table, TableMap map) {
      this.table = table;
      this.map = map;
      this.fields = new int[map.columns().size()];
      this.readers = new CellReader[fields.length];
      Arrays.fill(fields, UNREAD);
    }

    /**
     * Says what a place of the images is; a place of which nothing is said is skipped.
     *
     * @param place in the images, from 0
     * @param field in the table's rows, from 0
     */
    public void field(int place, int field, CellReader reader) {
      fields[place] = field;
      readers[place] = reader;
    }

    /** The layout as it has been said so far. */
    public RowLayout build() {
      return new RowLayout(table, map.columns(), fields, readers);
    }
  }

  /** The table whose rows are made of the images. */
  public Table table() {
    return table;
  }

  /** How many columns an image can have. */
  int size() {
    return columns.size();
  }

  /** How many of them are JSON: of these an update may have only the differences. */
  int jsonCount() {
    return (int) columns.stream().filter(column -> column.type() == FieldType.JSON).count();
  }

  boolean isJson(int place) {
    return columns.get(place).type() == FieldType.JSON;
  }

  /** Where the values of one image lie in the bytes that they were written to. */
  static final class Image {
    private final int[] offsets;
    private final int[] lengths;

    private Image(int size) {
      offsets = new int[size];
      lengths = new int[size];
      Arrays.fill(lengths, ABSENT);
    }

    /**
     * @param bytes what the values were written to, as it is now
     */
    Row row(byte[] bytes) {
      Row.Builder row = Row.builder(bytes, lengths.length);
      for (int i = 0; i < lengths.length; i++) {
        if (lengths[i] == NULL) {
          row.setNull(i);
        } else if (lengths[i] != ABSENT) {
          row.setValue(i, offsets[i], lengths[i]);
        }
      }
      return row.build();
    }
  }

  /** The images of one row, and what to do with a JSON column of which there is a difference. */
  interface JsonDifference {
    /** Whether there is only a difference at this place. */
    boolean isPartial(int place);

    /** Writes the new value. */
    void write(int place, EventBytes difference, ValueBytes out);

    /** Told of each JSON value of an image that has all of it. */
    void whole(int place, EventBytes document);
  }

  /**
   * Reads one image and writes its values to {@code out}.
   *
   * @param present which columns the image has
   * @throws IllegalArgumentException if the image is malformed
   */
  Image read(EventBytes in, boolean[] present, JsonDifference json, ValueBytes out) {
    int count = 0;
    for (boolean has : present) {
      count += has ? 1 : 0;
    }
    boolean[] nulls = in.bits(count);
    Image image = new Image(table.columns().size());
    int next = 0;
    for (int place = 0; place < fields.length; place++) {
      if (!present[place]) {
        continue;
      }
      int field = fields[place];
      if (nulls[next++]) {
        if (field != UNREAD) {
          image.lengths[field] = NULL;
        }
        continue;
      }
      EventBytes cell = CellReader.take(columns.get(place), in);
      if (field != UNREAD) {
        int start = out.size();
        write(place, cell, json, out);
        image.offsets[field] = start;
        image.lengths[field] = out.size() - start;
      }
    }
    return image;
  }

  private void write(int place, EventBytes cell, JsonDifference json, ValueBytes out) {
    try {
      if (columns.get(place).type() != FieldType.JSON) {
        readers[place].write(cell, out);
      } else if (json.isPartial(place)) {
        json.write(place, cell, out);
      } else {
        json.whole(place, cell);
        readers[place].write(cell, out);
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "column " + table.columns().get(fields[place]).name() + ": " + e.getMessage(), e);
    }
  }
}
