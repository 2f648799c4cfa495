package io.tidemark.pipeline;

import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.staging.Milestone;
import io.tidemark.staging.ShapeChange;
import io.tidemark.staging.SinkColumn;
import io.tidemark.staging.StagedRows;
import io.tidemark.staging.StagedTables;
import io.tidemark.staging.TableShape;
import io.tidemark.staging.TablesCheckpoint;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads what {@link ShapeOutput} writes. */
record ShapeInput(DataInputStream data) {

  /** Reads one of a list's. */
  private interface Item<T> {
    T read() throws IOException;
  }

  private <T> List<T> list(Item<T> reading) throws IOException {
    int count = data.readInt();
    List<T> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(reading.read());
    }
    return items;
  }

  StagedTables staged() throws IOException {
    return new StagedTables(data.readLong(), list(this::part));
  }

  private StagedTables.Part part() throws IOException {
    int kind = data.readByte();
    return switch (kind) {
      case 0 -> new StagedTables.Opened(shape());
      case 1 -> new StagedTables.Changed(change());
      case 2 -> new StagedTables.Rows(shape(), rows());
      default -> throw unknown(kind);
    };
  }

  TablesCheckpoint checkpoint() throws IOException {
    Milestone number = milestone();
    Optional<Milestone> previous = data.readBoolean() ? Optional.of(milestone()) : Optional.empty();
    return new TablesCheckpoint(number, previous, data.readLong(), list(this::round));
  }

  private Milestone milestone() throws IOException {
    return new Milestone(data.readLong(), data.readLong());
  }

  private TablesCheckpoint.Round round() throws IOException {
    return new TablesCheckpoint.Round(list(this::change), list(this::table));
  }

  private TablesCheckpoint.Table table() throws IOException {
    return new TablesCheckpoint.Table(shape(), data.readBoolean(), list(this::rows));
  }

  private StagedRows rows() throws IOException {
    return new StagedRows(data.readLong(), data.readUTF(), data.readLong());
  }

  private TableId id() throws IOException {
    return new TableId(data.readUTF(), data.readUTF());
  }

  private TableShape shape() throws IOException {
    return new TableShape(id(), list(this::column), list(data::readUTF));
  }

  private SinkColumn column() throws IOException {
    return new SinkColumn(
        data.readUTF(),
        data.readUTF(),
        values(),
        data.readBoolean(),
        data.readBoolean() ? Optional.of(data.readUTF()) : Optional.empty());
  }

  private ShapeChange change() throws IOException {
    int kind = data.readByte();
    TableId table = id();
    return switch (kind) {
      case 0 -> new ShapeChange.Add(table, list(this::column));
      case 1 -> new ShapeChange.Remove(table, list(data::readUTF));
      case 2 -> new ShapeChange.Rename(table, names());
      case 3 -> new ShapeChange.Retype(table, list(this::column));
      case 4 -> new ShapeChange.Empty(table);
      case 5 -> new ShapeChange.Drop(table);
      default -> throw unknown(kind);
    };
  }

  private Map<String, String> names() throws IOException {
    int count = data.readInt();
    Map<String, String> names = new HashMap<>();
    for (int i = 0; i < count; i++) {
      String from = data.readUTF();
      names.put(from, data.readUTF());
    }
    return names;
  }

  private ValueType values() throws IOException {
    int kind = data.readByte();
    long first = data.readLong();
    int second = data.readInt();
    return switch (kind) {
      case 0 -> new ValueType.Int((int) first, second == 1);
      case 1 -> new ValueType.Decimal((int) first, second);
      case 2 -> new ValueType.Real((int) first);
      case 3 -> new ValueType.Text(first, second == 1);
      case 4 -> new ValueType.Binary(first, second == 1);
      case 5 -> new ValueType.Time((int) first);
      case 6 -> new ValueType.Timestamp((int) first, second == 1);
      case 7 -> ValueType.Plain.BOOLEAN;
      case 8 -> ValueType.Plain.DATE;
      default -> throw unknown(kind);
    };
  }

  private static IOException unknown(int kind) {
    return new IOException("the checkpoint's part of a sink is of no known kind: " + kind);
  }
}
