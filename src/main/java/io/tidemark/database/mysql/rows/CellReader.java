package io.tidemark.database.mysql.rows;

import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.catalog.MySqlTypes;
import io.tidemark.database.mysql.rows.TableMap.LoggedColumn;
import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.ValueBytes;
import io.tidemark.database.mysql.value.BinaryDecimal;
import io.tidemark.database.mysql.value.FieldType;
import io.tidemark.database.mysql.value.JsonBinary;
import io.tidemark.database.mysql.value.MariaDbFixedTypes;
import io.tidemark.database.mysql.value.MySqlValues;
import io.tidemark.database.mysql.value.Temporals;
import io.tidemark.database.mysql.value.TextEncoding;
import io.tidemark.schema.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Takes the values of one column out of row images (MySQL internals, "Rows_event"; field.cc, pack)
 * and writes them in the portable encoding.
 */
public sealed interface CellReader {

  /** Writes the value that {@code cell} consists of. */
  void write(EventBytes cell, ValueBytes out);

  /** Takes the bytes of the next value, without its length. */
  static EventBytes take(LoggedColumn column, EventBytes in) {
    int meta = column.meta();
    return in.take(
        switch (column.type()) {
          case FieldType.TINY, FieldType.YEAR -> 1;
          case FieldType.SHORT -> 2;
          case FieldType.INT24, FieldType.DATE, FieldType.TIME -> 3;
          case FieldType.LONG, FieldType.FLOAT, FieldType.TIMESTAMP -> 4;
          case FieldType.LONGLONG, FieldType.DOUBLE, FieldType.DATETIME -> 8;
          case FieldType.DECIMAL -> new BinaryDecimal(meta >> 8, meta & 0xff).bytes();
          case FieldType.TIMESTAMP2 -> 4 + Temporals.fractionBytes(meta);
          case FieldType.DATETIME2 -> 5 + Temporals.fractionBytes(meta);
          case FieldType.TIME2 -> 3 + Temporals.fractionBytes(meta);
          case FieldType.BIT -> (meta >> 8) + ((meta & 0xff) > 0 ? 1 : 0);
          case FieldType.ENUM, FieldType.SET -> requireAtMost(meta & 0xff, 8);
          case FieldType.STRING, FieldType.VARCHAR -> in.unsigned(meta > 255 ? 2 : 1);
          case FieldType.BLOB, FieldType.JSON, FieldType.GEOMETRY, FieldType.VECTOR ->
              in.unsigned(requireAtMost(meta, 4));
          default ->
              throw new IllegalArgumentException(
                  "values of type " + column.type() + " are unknown");
        });
  }

  private static int requireAtMost(int bytes, int most) {
    if (bytes < 1 || bytes > most) {
      throw new IllegalArgumentException("a length of " + bytes + " bytes");
    }
    return bytes;
  }

  /**
   * The reader for a column whose logged form {@link ColumnCheck} has accepted.
   *
   * @param encoding for a column of characters
   */
  static CellReader of(MySqlColumn column, TableMap map, int place, TextEncoding encoding) {
    LoggedColumn logged = map.columns().get(place);
    int meta = logged.meta();
    ValueType values = column.column().values();
    return switch (logged.type()) {
      case FieldType.TINY, FieldType.SHORT, FieldType.INT24, FieldType.LONG, FieldType.LONGLONG ->
          new Whole(column.column().type().contains("unsigned"));
      case FieldType.FLOAT -> new Real(4);
      case FieldType.DOUBLE -> new Real(8);
      case FieldType.DECIMAL -> new Decimal(new BinaryDecimal(meta >> 8, meta & 0xff));
      case FieldType.BIT -> new Bits((meta >> 8) * 8 + (meta & 0xff));
      case FieldType.ENUM -> new Label(labels(column, map, place, encoding));
      case FieldType.SET -> new Labels(labels(column, map, place, encoding));
      case FieldType.JSON -> new Json();
      case FieldType.GEOMETRY, FieldType.VECTOR -> new Same();
      case FieldType.STRING ->
          switch (column.dataType()) {
            case "binary" -> new FixedBinary((int) ((ValueType.Binary) values).maxLength());
            case "uuid", "inet6", "inet4" -> new MariaDbFixed(column.dataType());
            default -> new Text(encoding, true);
          };
      case FieldType.VARCHAR, FieldType.BLOB ->
          column.charset().isEmpty() ? new Same() : new Text(encoding, false);
      default -> new Moment(logged.type(), meta);
    };
  }

  /**
   * From the log where it has them. MariaDB's catalog has a question mark for a character outside
   * of Unicode's first plane.
   */
  private static List<byte[]> labels(
      MySqlColumn column, TableMap map, int place, TextEncoding encoding) {
    List<EventBytes> logged = map.labels(place).orElse(List.of());
    if (logged.isEmpty()) {
      return MySqlTypes.labels(column.column().type()).stream()
          .map(label -> label.getBytes(StandardCharsets.UTF_8))
          .toList();
    }
    List<byte[]> labels = new ArrayList<>();
    for (EventBytes label : logged) {
      ValueBytes out = new ValueBytes(label.remaining());
      encoding.toUtf8(label.array(), label.position(), label.remaining(), out);
      labels.add(Arrays.copyOf(out.array(), out.size()));
    }
    return List.copyOf(labels);
  }

  /** A whole number. */
  record Whole(boolean unsigned) implements CellReader {
    @Override
    public void write(EventBytes cell, ValueBytes out) {
      int size = cell.remaining();
      MySqlValues.integer(unsigned ? cell.unsigned(size) : cell.signed(size), unsigned, out);
    }
  }

  /** A floating-point number. */
  record Real(int bytes) implements CellReader {
    @Override
    public void write(EventBytes cell, ValueBytes out) {
      if (bytes == 4) {
        MySqlValues.real(Float.intBitsToFloat((int) cell.u32()), out);
      } else {
        MySqlValues.real(Double.longBitsToDouble(cell.i64()), out);
      }
    }
  }

  /** A decimal number. */
  record Decimal(BinaryDecimal type) implements CellReader {
    @Override
    public void write(EventBytes cell, ValueBytes out) {
      type.write(cell.array(), cell.position(), out);
    }
  }

  /** A bit string, which the log has most significant byte first. */
  record Bits(int count) implements CellReader {
    @Override
    public void write(EventBytes cell, ValueBytes out) {
      MySqlValues.bits(cell.bigEndian(cell.remaining()), count, out);
    }
  }

  /** ENUM: the number of its label, or 0 for what was none. */
  record Label(List<byte[]> labels) implements CellReader {
    @Override
    public void write(EventBytes cell, ValueBytes out) {
      int number = (int) cell.unsigned(cell.remaining());
      if (number > labels.size()) {
        throw new IllegalArgumentException("label " + number + " of " + labels.size());
      }
      if (number > 0) {
        out.put(labels.get(number - 1));
      }
    }
  }

  /** SET: a bit for each label. */
  record Labels(List<byte[]> labels) implements CellReader {
    @Override
    public void write(EventBytes cell, ValueBytes out) {
      MySqlValues.labels(cell.unsigned(cell.remaining()), labels, out);
    }
  }

  /** MySQL's JSON. */
  record Json() implements CellReader {
    @Override
    public void write(EventBytes cell, ValueBytes out) {
      JsonBinary.parse(cell).print(out);
    }
  }

  /** Bytes that are the portable encoding already. */
  record Same() implements CellReader {
    @Override
    public void write(EventBytes cell, ValueBytes out) {
      out.put(cell.array(), cell.position(), cell.remaining());
    }
  }

  /** BINARY: the log leaves out the zeros at its end. */
  record FixedBinary(int length) implements CellReader {
    @Override
    public void write(EventBytes cell, ValueBytes out) {
      MySqlValues.fixedBinary(cell.array(), cell.position(), cell.remaining(), length, out);
    }
  }

  /**
   * Characters.
   *
   * @param padded whether trailing spaces mean nothing; the log may have them
   */
  record Text(TextEncoding encoding, boolean padded) implements CellReader {
    @Override
    public void write(EventBytes cell, ValueBytes out) {
      int start = out.size();
      encoding.toUtf8(cell.array(), cell.position(), cell.remaining(), out);
      if (padded) {
        out.stripSpaces(start);
      }
    }
  }

  /** Date and time. */
  record Moment(int type, int digits) implements CellReader {
    @Override
    public void write(EventBytes cell, ValueBytes out) {
      switch (type) {
        case FieldType.DATE -> Temporals.date(cell, out);
        case FieldType.YEAR -> Temporals.year(cell, out);
        case FieldType.TIME2 -> Temporals.time(cell, digits, out);
        case FieldType.DATETIME2 -> Temporals.datetime(cell, digits, out);
        case FieldType.TIMESTAMP2 -> Temporals.timestamp(cell, digits, out);
        case FieldType.TIME -> Temporals.oldTime(cell, out);
        case FieldType.DATETIME -> Temporals.oldDatetime(cell, out);
        case FieldType.TIMESTAMP -> Temporals.oldTimestamp(cell, out);
        default -> throw new IllegalArgumentException("values of type " + type + " are unknown");
      }
    }
  }

  /** MariaDB's UUID, INET6 and INET4, whose bytes the log has in the order in which they sort. */
  record MariaDbFixed(String dataType) implements CellReader {
    @Override
    public void write(EventBytes cell, ValueBytes out) {
      MariaDbFixedTypes.write(dataType, cell, out);
    }
  }
}
