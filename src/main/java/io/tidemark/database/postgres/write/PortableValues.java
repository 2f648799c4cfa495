package io.tidemark.database.postgres.write;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.TargetWriter.RowBatch;
import io.tidemark.database.ValueRefusedException;
import io.tidemark.database.postgres.catalog.Conversions;
import io.tidemark.database.postgres.catalog.ReceivingColumn;
import io.tidemark.database.postgres.value.BadValueException;
import io.tidemark.database.postgres.value.Bytes;
import io.tidemark.database.postgres.value.FromPortable;
import io.tidemark.database.shared.KeyComparison;
import io.tidemark.schema.Column;
import io.tidemark.schema.ValueType;
import io.tidemark.settings.OnBadValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Turns portable values for one table of the target into texts that its columns read. */
final class PortableValues {

  private final TargetTable target;
  private final OnBadValue onBadValue;
  private final List<FromPortable> conversions = new ArrayList<>();

  PortableValues(TargetTable target, OnBadValue onBadValue) {
    this.target = target;
    this.onBadValue = onBadValue;
    for (int field = 0; field < target.columns().size(); field++) {
      conversions.add(conversion(field));
    }
  }

  private FromPortable conversion(int field) {
    Column column = target.table().columns().get(field);
    ReceivingColumn receives = target.columns().get(field).receives();
    return Conversions.of(column.values(), receives)
        .orElseThrow(
            () ->
                new DatabaseException(
                    DatabaseException.Kind.FATAL,
                    "table "
                        + target.id()
                        + ": column "
                        + column.name()
                        + " is "
                        + receives.type()
                        + " at the target and "
                        + column.type()
                        + " at the source, whose values it would not all keep as they are; give"
                        + " it a type for them (docs/types.md has the pairs), or leave the column"
                        + " out with source.columns"));
  }

  int size() {
    return conversions.size();
  }

  /**
   * Appends the text of a field that is present and not null.
   *
   * @return whether the field has a text; otherwise it becomes null
   * @throws DatabaseException of kind DATA, if the column cannot hold the value and may not be null
   *     instead; names table, key and column
   */
  boolean convert(Row row, int field, Bytes out) {
    int before = out.size();
    try {
      conversions.get(field).decode(row.array(), row.offset(field), row.length(field), out);
      return true;
    } catch (BadValueException e) {
      if (onBadValue == OnBadValue.NULL && maybeNull(field)) {
        out.cut(before);
        return false;
      }
      Column column = target.table().columns().get(field);
      throw new ValueRefusedException(
          "table "
              + target.id()
              + ", key "
              + key(row)
              + ": column "
              + column.name()
              + " ("
              + column.type()
              + " at the source) "
              + e.getMessage()
              + ". Change the value at the source, exclude the column, or let the job put null in"
              + " its place with target.on-bad-value: null",
          column.name(),
          e.getMessage());
    }
  }

  private boolean maybeNull(int field) {
    return target.table().columns().get(field).nullable()
        && IntStream.of(target.table().keyIndexes()).noneMatch(key -> key == field);
  }

  /** The first value of a row that its column cannot hold. */
  Optional<ValueRefusedException> problem(Row row) {
    Bytes scratch = new Bytes();
    for (int field = 0; field < row.size(); field++) {
      if (row.isPresent(field) && !row.isNull(field)) {
        scratch.clear();
        try {
          convert(row, field, scratch);
        } catch (ValueRefusedException e) {
          return Optional.of(e);
        }
      }
    }
    return Optional.empty();
  }

  Row own(Row row) {
    Bytes values = new Bytes();
    int[] ends = new int[row.size()];
    boolean[] nulls = new boolean[row.size()];
    for (int field = 0; field < row.size(); field++) {
      nulls[field] = row.isNull(field) || row.isPresent(field) && !convert(row, field, values);
      ends[field] = values.size();
    }
    Row.Builder converted = Row.builder(values.copy(), row.size());
    for (int field = 0; field < row.size(); field++) {
      int start = field == 0 ? 0 : ends[field - 1];
      if (nulls[field]) {
        converted.setNull(field);
      } else if (row.isPresent(field)) {
        converted.setValue(field, start, ends[field] - start);
      }
    }
    return converted.build();
  }

  RowBatch own(RowBatch batch) {
    return new RowBatch(
        batch.table(),
        own(batch.removals()),
        own(batch.deletes()),
        own(batch.updates()),
        own(batch.inserts()));
  }

  private List<Row> own(List<Row> rows) {
    return rows.stream().map(this::own).toList();
  }

  /** Every kind of change that has rows or keys. */
  RowChange own(RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      return new RowChange.Insert(insert.table(), own(insert.row()));
    }
    if (change instanceof RowChange.Update update) {
      return new RowChange.Update(
          update.table(), update.before().map(this::own), own(update.after()));
    }
    if (change instanceof RowChange.Delete delete) {
      return new RowChange.Delete(delete.table(), own(delete.before()));
    }
    if (change instanceof RowChange.Put put) {
      return new RowChange.Put(put.table(), own(put.row()));
    }
    if (change instanceof RowChange.Remove remove) {
      return new RowChange.Remove(remove.table(), own(remove.before()));
    }
    RowChange.Clear clear = (RowChange.Clear) change;
    return new RowChange.Clear(
        clear.table(), own(clear.range()), clear.spared().stream().map(this::own).toList());
  }

  private KeyRange own(KeyRange range) {
    if (range instanceof KeyRange.Points points) {
      return new KeyRange.Points(points.keys().stream().map(this::own).toList());
    }
    KeyRange.Between between = (KeyRange.Between) range;
    if (between.from().isPresent() || between.to().isPresent()) {
      requireSharedOrder();
    }
    return KeyRange.between(between.from().map(this::own), between.to().map(this::own));
  }

  /** Numbers, times and bytes have one order everywhere; text and labels have their server's. */
  private void requireSharedOrder() {
    for (int field : target.table().keyIndexes()) {
      Column source = target.table().columns().get(field);
      ValueType values = source.values();
      boolean own =
          values instanceof ValueType.Text
              || values instanceof ValueType.Enumeration
              || values instanceof ValueType.LabelSet
              || values == ValueType.Plain.UUID;
      if (own || !Conversions.keepsKeysApart(values, target.columns().get(field).receives())) {
        throw KeyComparison.otherOrder(target.id(), source);
      }
    }
  }

  private Key own(Key key) {
    int[] fields = target.table().keyIndexes();
    List<String> values = new ArrayList<>();
    for (int i = 0; i < fields.length; i++) {
      values.add(
          FromPortable.ofKey(
              target.table().columns().get(fields[i]).values(),
              target.columns().get(fields[i]).typeName(),
              key.values().get(i)));
    }
    return new Key(values);
  }

  private String key(Row row) {
    int[] fields = target.table().keyIndexes();
    for (int field : fields) {
      if (!row.isPresent(field) || row.isNull(field)) {
        return "(unknown)";
      }
    }
    return fields.length == 0
        ? "(the table has none)"
        : Key.of(target.table(), row).values().toString();
  }
}
