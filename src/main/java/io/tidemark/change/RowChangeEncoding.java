package io.tidemark.change;

import io.tidemark.schema.Table;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the changes of one event are written: first each table that they name, once, then the
 * changes, which name a table by its place among those. A row is the length of each of its table's
 * columns, -1 for null and -2 for absent, and then its values one behind the other: nothing else of
 * the array that it shares with its neighbours.
 */
final class RowChangeEncoding {

  private static final int MOST_CHANGES = 100_000_000;
  private static final int MOST_TABLES = 10_000_000;
  private static final int MOST_KEYS = 100_000_000;

  private static final int NULL = -1;
  private static final int ABSENT = -2;

  private static final int IS_INSERT = 1;
  private static final int IS_UPDATE = 2;
  private static final int IS_DELETE = 3;
  private static final int IS_PUT = 4;
  private static final int IS_REMOVE = 5;
  private static final int IS_TRUNCATE = 6;
  private static final int IS_CLEAR = 7;
  private static final int IS_REOPEN = 8;
  private static final int IS_UNCOVER = 9;

  private RowChangeEncoding() {}

  static void write(DataOutput out, List<RowChange> changes) throws IOException {
    Writer writer = new Writer(out);
    for (RowChange change : changes) {
      tables(change).forEach(writer::name);
    }
    out.writeInt(writer.places.size());
    for (Table table : writer.places.keySet()) {
      TableEncoding.write(out, table);
    }
    out.writeInt(changes.size());
    for (RowChange change : changes) {
      writer.change(change);
    }
  }

  static List<RowChange> read(DataInput in) throws IOException {
    Reader reader = new Reader(in);
    int tables = Encoding.readSize(in, MOST_TABLES, "the tables");
    for (int i = 0; i < tables; i++) {
      reader.tables.add(TableEncoding.read(in));
    }
    int size = Encoding.readSize(in, MOST_CHANGES, "the changes");
    List<RowChange> changes = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      changes.add(reader.change());
    }
    return changes;
  }

  private static List<Table> tables(RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      return List.of(insert.table());
    } else if (change instanceof RowChange.Update update) {
      return List.of(update.table());
    } else if (change instanceof RowChange.Delete delete) {
      return List.of(delete.table());
    } else if (change instanceof RowChange.Put put) {
      return List.of(put.table());
    } else if (change instanceof RowChange.Remove remove) {
      return List.of(remove.table());
    } else if (change instanceof RowChange.Truncate truncate) {
      return truncate.tables();
    } else if (change instanceof RowChange.Clear clear) {
      return List.of(clear.table());
    } else if (change instanceof RowChange.Reopen reopen) {
      return List.of(reopen.table());
    } else if (change instanceof RowChange.Uncover uncover) {
      return List.of(uncover.table());
    }
    throw new IllegalStateException("unknown kind of change " + change.getClass());
  }

  private static final class Writer {
    private final DataOutput out;
    private final Map<Table, Integer> places = new LinkedHashMap<>();

    Writer(DataOutput out) {
      this.out = out;
    }

    void name(Table table) {
      places.putIfAbsent(table, places.size());
    }

    void change(RowChange change) throws IOException {
      if (change instanceof RowChange.Insert insert) {
        head(IS_INSERT, insert.table());
        row(insert.table(), insert.row());
      } else if (change instanceof RowChange.Update update) {
        head(IS_UPDATE, update.table());
        out.writeBoolean(update.before().isPresent());
        if (update.before().isPresent()) {
          row(update.table(), update.before().get());
        }
        row(update.table(), update.after());
      } else if (change instanceof RowChange.Delete delete) {
        head(IS_DELETE, delete.table());
        row(delete.table(), delete.before());
      } else if (change instanceof RowChange.Put put) {
        head(IS_PUT, put.table());
        row(put.table(), put.row());
      } else if (change instanceof RowChange.Remove remove) {
        head(IS_REMOVE, remove.table());
        row(remove.table(), remove.before());
      } else if (change instanceof RowChange.Truncate truncate) {
        out.writeByte(IS_TRUNCATE);
        out.writeInt(truncate.tables().size());
        for (Table table : truncate.tables()) {
          table(table);
        }
      } else if (change instanceof RowChange.Clear clear) {
        head(IS_CLEAR, clear.table());
        Encoding.writeRange(out, clear.range());
        out.writeInt(clear.spared().size());
        for (Key key : clear.spared()) {
          Encoding.writeKey(out, key);
        }
      } else if (change instanceof RowChange.Reopen reopen) {
        head(IS_REOPEN, reopen.table());
        Encoding.writeKey(out, reopen.key());
      } else if (change instanceof RowChange.Uncover uncover) {
        head(IS_UNCOVER, uncover.table());
        Encoding.writeRange(out, uncover.range());
      } else {
        throw new IllegalStateException("unknown kind of change " + change.getClass());
      }
    }

    private void head(int kind, Table table) throws IOException {
      out.writeByte(kind);
      table(table);
    }

    private void table(Table table) throws IOException {
      Integer place = places.get(table);
      if (place == null) {
        throw new IllegalStateException("table " + table + " has not been named");
      }
      out.writeInt(place);
    }

    private void row(Table table, Row row) throws IOException {
      if (row.size() != table.columns().size()) {
        throw new IllegalArgumentException(
            "a row of "
                + row.size()
                + " fields is no row of table "
                + table
                + ", which has "
                + table.columns().size()
                + " columns");
      }
      long total = 0;
      for (int field = 0; field < row.size(); field++) {
        int length = hasValue(row, field) ? row.length(field) : row.isNull(field) ? NULL : ABSENT;
        out.writeInt(length);
        total += Math.max(0, length);
      }
      if (total > Row.MOST_BYTES) {
        throw new IOException("a row of " + total + " bytes is too long to be written");
      }
      for (int field = 0; field < row.size(); field++) {
        if (hasValue(row, field)) {
          out.write(row.array(), row.offset(field), row.length(field));
        }
      }
    }

    private static boolean hasValue(Row row, int field) {
      return row.isPresent(field) && !row.isNull(field);
    }
  }

  private static final class Reader {
    private final DataInput in;
    private final List<Table> tables = new ArrayList<>();

    Reader(DataInput in) {
      this.in = in;
    }

    RowChange change() throws IOException {
      int kind = in.readByte();
      switch (kind) {
        case IS_INSERT -> {
          Table table = table();
          return new RowChange.Insert(table, row(table));
        }
        case IS_UPDATE -> {
          Table table = table();
          boolean hasBefore = Encoding.readBoolean(in, "an update's old row");
          Optional<Row> before = hasBefore ? Optional.of(row(table)) : Optional.empty();
          return new RowChange.Update(table, before, row(table));
        }
        case IS_DELETE -> {
          Table table = table();
          return new RowChange.Delete(table, row(table));
        }
        case IS_PUT -> {
          Table table = table();
          return new RowChange.Put(table, row(table));
        }
        case IS_REMOVE -> {
          Table table = table();
          return new RowChange.Remove(table, row(table));
        }
        case IS_TRUNCATE -> {
          int size = Encoding.readSize(in, MOST_TABLES, "a truncate");
          List<Table> emptied = new ArrayList<>();
          for (int i = 0; i < size; i++) {
            emptied.add(table());
          }
          return new RowChange.Truncate(emptied);
        }
        case IS_CLEAR -> {
          Table table = table();
          KeyRange range = Encoding.readRange(in);
          int size = Encoding.readSize(in, MOST_KEYS, "the spared keys");
          List<Key> spared = new ArrayList<>();
          for (int i = 0; i < size; i++) {
            spared.add(Encoding.readKey(in));
          }
          return new RowChange.Clear(table, range, spared);
        }
        case IS_REOPEN -> {
          return new RowChange.Reopen(table(), Encoding.readKey(in));
        }
        case IS_UNCOVER -> {
          Table table = table();
          if (Encoding.readRange(in) instanceof KeyRange.Between range) {
            return new RowChange.Uncover(table, range);
          }
          throw new MalformedException("keys by themselves are no range that was copied");
        }
        default -> throw new MalformedException("there is no change of kind " + kind);
      }
    }

    private Table table() throws IOException {
      int place = in.readInt();
      if (place < 0 || place >= tables.size()) {
        throw new MalformedException(
            "a change is of table " + place + ", and " + tables.size() + " are named");
      }
      return tables.get(place);
    }

    private Row row(Table table) throws IOException {
      int[] lengths = new int[table.columns().size()];
      long total = 0;
      for (int field = 0; field < lengths.length; field++) {
        lengths[field] = in.readInt();
        if (lengths[field] < ABSENT) {
          throw new MalformedException("the length of a value is said to be " + lengths[field]);
        }
        total += Math.max(0, lengths[field]);
      }
      if (total > Row.MOST_BYTES) {
        throw new MalformedException("a row is said to have " + total + " bytes");
      }
      Row.Builder row = Row.builder(Encoding.readBytes(in, (int) total), lengths.length);
      int offset = 0;
      for (int field = 0; field < lengths.length; field++) {
        if (lengths[field] >= 0) {
          row.setValue(field, offset, lengths[field]);
          offset += lengths[field];
        } else if (lengths[field] == NULL) {
          row.setNull(field);
        }
      }
      return row.build();
    }
  }
}
