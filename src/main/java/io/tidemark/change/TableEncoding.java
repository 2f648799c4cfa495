package io.tidemark.change;

import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How the description of a table is written. */
final class TableEncoding {

  /** More than any database has in a table. */
  private static final int MOST_COLUMNS = 100_000;

  private static final int MOST_LABELS = 1_000_000;

  /** Each is written as its place in here: a new one goes to the end. */
  static final List<ValueType.Plain> PLAIN =
      List.of(
          ValueType.Plain.OWN,
          ValueType.Plain.BOOLEAN,
          ValueType.Plain.NUMBER,
          ValueType.Plain.DATE,
          ValueType.Plain.YEAR,
          ValueType.Plain.UUID,
          ValueType.Plain.JSON,
          ValueType.Plain.GEOMETRY);

  private static final int IS_PLAIN = 0;
  private static final int IS_INT = 1;
  private static final int IS_DECIMAL = 2;
  private static final int IS_REAL = 3;
  private static final int IS_TEXT = 4;
  private static final int IS_BINARY = 5;
  private static final int IS_BITS = 6;
  private static final int IS_TIME = 7;
  private static final int IS_TIMESTAMP = 8;
  private static final int IS_ENUMERATION = 9;
  private static final int IS_LABEL_SET = 10;
  private static final int IS_VECTOR = 11;

  private TableEncoding() {}

  static void write(DataOutput out, Table table) throws IOException {
    Encoding.writeTable(out, table.id());
    out.writeInt(table.version());
    out.writeInt(table.columns().size());
    for (Column column : table.columns()) {
      Encoding.writeString(out, column.name());
      Encoding.writeString(out, column.type());
      out.writeBoolean(column.nullable());
      writeType(out, column.values());
    }
    Encoding.writeStrings(out, table.key().map(PrimaryKey::columns).orElse(List.of()));
  }

  static Table read(DataInput in) throws IOException {
    TableId id = Encoding.readTable(in);
    int version = in.readInt();
    int size = Encoding.readSize(in, MOST_COLUMNS, "the columns");
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      columns.add(
          new Column(
              Encoding.readString(in),
              Encoding.readString(in),
              Encoding.readBoolean(in, "a column that may be null"),
              readType(in)));
    }
    List<String> key = Encoding.readStrings(in, MOST_COLUMNS, "the key");
    return new Table(
        id, version, columns, key.isEmpty() ? Optional.empty() : Optional.of(new PrimaryKey(key)));
  }

  private static void writeType(DataOutput out, ValueType type) throws IOException {
    if (type instanceof ValueType.Plain plain) {
      out.writeByte(IS_PLAIN);
      out.writeByte(PLAIN.indexOf(plain));
    } else if (type instanceof ValueType.Int number) {
      out.writeByte(IS_INT);
      out.writeInt(number.bits());
      out.writeBoolean(number.unsigned());
    } else if (type instanceof ValueType.Decimal number) {
      out.writeByte(IS_DECIMAL);
      out.writeInt(number.precision());
      out.writeInt(number.scale());
    } else if (type instanceof ValueType.Real number) {
      out.writeByte(IS_REAL);
      out.writeInt(number.bits());
    } else if (type instanceof ValueType.Text text) {
      out.writeByte(IS_TEXT);
      out.writeLong(text.maxLength());
      out.writeBoolean(text.padded());
    } else if (type instanceof ValueType.Binary binary) {
      out.writeByte(IS_BINARY);
      out.writeLong(binary.maxLength());
      out.writeBoolean(binary.fixed());
    } else if (type instanceof ValueType.Bits bits) {
      out.writeByte(IS_BITS);
      out.writeInt(bits.length());
      out.writeBoolean(bits.varying());
    } else if (type instanceof ValueType.Time time) {
      out.writeByte(IS_TIME);
      out.writeInt(time.digits());
    } else if (type instanceof ValueType.Timestamp timestamp) {
      out.writeByte(IS_TIMESTAMP);
      out.writeInt(timestamp.digits());
      out.writeBoolean(timestamp.instant());
    } else if (type instanceof ValueType.Enumeration labels) {
      out.writeByte(IS_ENUMERATION);
      Encoding.writeStrings(out, labels.labels());
    } else if (type instanceof ValueType.LabelSet labels) {
      out.writeByte(IS_LABEL_SET);
      Encoding.writeStrings(out, labels.labels());
    } else if (type instanceof ValueType.Vector vector) {
      out.writeByte(IS_VECTOR);
      out.writeInt(vector.maxDimensions());
    } else {
      throw new IllegalStateException("unknown type of values " + type);
    }
  }

  private static ValueType readType(DataInput in) throws IOException {
    int kind = in.readByte();
    return switch (kind) {
      case IS_PLAIN -> plain(in.readByte());
      case IS_INT ->
          new ValueType.Int(in.readInt(), Encoding.readBoolean(in, "a number without sign"));
      case IS_DECIMAL -> new ValueType.Decimal(in.readInt(), in.readInt());
      case IS_REAL -> new ValueType.Real(in.readInt());
      case IS_TEXT -> new ValueType.Text(in.readLong(), Encoding.readBoolean(in, "padded text"));
      case IS_BINARY ->
          new ValueType.Binary(in.readLong(), Encoding.readBoolean(in, "a fixed length"));
      case IS_BITS -> new ValueType.Bits(in.readInt(), Encoding.readBoolean(in, "a bit string"));
      case IS_TIME -> new ValueType.Time(in.readInt());
      case IS_TIMESTAMP ->
          new ValueType.Timestamp(in.readInt(), Encoding.readBoolean(in, "an instant"));
      case IS_ENUMERATION ->
          new ValueType.Enumeration(Encoding.readStrings(in, MOST_LABELS, "the labels"));
      case IS_LABEL_SET ->
          new ValueType.LabelSet(Encoding.readStrings(in, MOST_LABELS, "the labels"));
      case IS_VECTOR -> new ValueType.Vector(in.readInt());
      default -> throw new MalformedException("there is no type of values of kind " + kind);
    };
  }

  private static ValueType plain(int place) throws MalformedException {
    if (place < 0 || place >= PLAIN.size()) {
      throw new MalformedException("there is no plain type " + place);
    }
    return PLAIN.get(place);
  }
}
