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
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Writes what {@link ShapeInput} reads. */
record ShapeOutput(DataOutputStream data) {

  /** Writes one of a list's. */
  private interface Item<T> {
    void write(T item) throws IOException;
  }

  private <T> void list(List<T> items, Item<T> writing) throws IOException {
    data.writeInt(items.size());
    for (T item : items) {
      writing.write(item);
    }
  }

  void staged(StagedTables staged) throws IOException {
    data.writeLong(staged.writer());
    list(staged.parts(), this::part);
  }

  private void part(StagedTables.Part part) throws IOException {
    if (part instanceof StagedTables.Opened opened) {
      data.writeByte(0);
      shape(opened.shape());
    } else if (part instanceof StagedTables.Changed changed) {
      data.writeByte(1);
      change(changed.change());
    } else if (part instanceof StagedTables.Rows rows) {
      data.writeByte(2);
      shape(rows.shape());
      rows(rows.staged());
    }
  }

  void checkpoint(TablesCheckpoint checkpoint) throws IOException {
    milestone(checkpoint.number());
    Optional<Milestone> previous = checkpoint.previous();
    data.writeBoolean(previous.isPresent());
    if (previous.isPresent()) {
      milestone(previous.get());
    }
    data.writeLong(checkpoint.oldestWriter());
    list(checkpoint.rounds(), this::round);
  }

  private void milestone(Milestone milestone) throws IOException {
    data.writeLong(milestone.epoch());
    data.writeLong(milestone.sequence());
  }

  private void round(TablesCheckpoint.Round round) throws IOException {
    list(round.changes(), this::change);
    list(round.tables(), this::table);
  }

  private void table(TablesCheckpoint.Table table) throws IOException {
    shape(table.shape());
    data.writeBoolean(table.opened());
    list(table.staged(), this::rows);
  }

  private void rows(StagedRows rows) throws IOException {
    data.writeLong(rows.writer());
    data.writeUTF(rows.table());
    data.writeLong(rows.rows());
  }

  private void id(TableId table) throws IOException {
    data.writeUTF(table.schema());
    data.writeUTF(table.name());
  }

  private void shape(TableShape shape) throws IOException {
    id(shape.table());
    list(shape.columns(), this::column);
    list(shape.key(), data::writeUTF);
  }

  private void column(SinkColumn column) throws IOException {
    data.writeUTF(column.name());
    data.writeUTF(column.type());
    values(column.values());
    data.writeBoolean(column.nullable());
    data.writeBoolean(column.defaultText().isPresent());
    if (column.defaultText().isPresent()) {
      data.writeUTF(column.defaultText().get());
    }
  }

  private void change(ShapeChange change) throws IOException {
    if (change instanceof ShapeChange.Add add) {
      data.writeByte(0);
      id(add.table());
      list(add.columns(), this::column);
    } else if (change instanceof ShapeChange.Remove remove) {
      data.writeByte(1);
      id(remove.table());
      list(remove.columns(), data::writeUTF);
    } else if (change instanceof ShapeChange.Rename rename) {
      data.writeByte(2);
      id(rename.table());
      list(List.copyOf(new TreeMap<>(rename.names()).entrySet()), this::name);
    } else if (change instanceof ShapeChange.Retype retype) {
      data.writeByte(3);
      id(retype.table());
      list(retype.columns(), this::column);
    } else if (change instanceof ShapeChange.Empty empty) {
      data.writeByte(4);
      id(empty.table());
    } else if (change instanceof ShapeChange.Drop drop) {
      data.writeByte(5);
      id(drop.table());
    }
  }

  private void name(Map.Entry<String, String> names) throws IOException {
    data.writeUTF(names.getKey());
    data.writeUTF(names.getValue());
  }

  /** Those that an event's column may have. */
  private void values(ValueType values) throws IOException {
    if (values instanceof ValueType.Int number) {
      number(0, number.bits(), number.unsigned() ? 1 : 0);
    } else if (values instanceof ValueType.Decimal number) {
      number(1, number.precision(), number.scale());
    } else if (values instanceof ValueType.Real number) {
      number(2, number.bits(), 0);
    } else if (values instanceof ValueType.Text text) {
      number(3, text.maxLength(), text.padded() ? 1 : 0);
    } else if (values instanceof ValueType.Binary bytes) {
      number(4, bytes.maxLength(), bytes.fixed() ? 1 : 0);
    } else if (values instanceof ValueType.Time time) {
      number(5, time.digits(), 0);
    } else if (values instanceof ValueType.Timestamp moment) {
      number(6, moment.digits(), moment.instant() ? 1 : 0);
    } else if (values == ValueType.Plain.BOOLEAN) {
      number(7, 0, 0);
    } else if (values == ValueType.Plain.DATE) {
      number(8, 0, 0);
    } else {
      throw new IllegalArgumentException("no event has values that are " + values);
    }
  }

  private void number(int kind, long first, int second) throws IOException {
    data.writeByte(kind);
    data.writeLong(first);
    data.writeInt(second);
  }
}
