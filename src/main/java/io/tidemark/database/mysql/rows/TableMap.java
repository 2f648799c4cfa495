package io.tidemark.database.mysql.rows;

import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.value.FieldType;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a row event's table looked like when it was written (MySQL internals, "Table_map_event").
 * What the server wrote beyond types and their modifiers depends on its version and on {@code
 * binlog_row_metadata}.
 */
public final class TableMap {

  // Kinds of optional metadata (MySQL: Optional_metadata_field_type).
  private static final int SIGNEDNESS = 1;
  private static final int DEFAULT_CHARSET = 2;
  private static final int COLUMN_CHARSET = 3;
  private static final int COLUMN_NAME = 4;
  private static final int SET_LABELS = 5;
  private static final int ENUM_LABELS = 6;

  /**
   * A column in the log.
   *
   * @param type one of {@link FieldType}, with {@code ENUM} and {@code SET} where they hide as
   *     strings
   * @param meta the type's modifier, as far as it is not the type: a length or a number of digits
   */
  public record LoggedColumn(int type, int meta) {}

  private final TableId table;
  private final List<LoggedColumn> columns;
  private boolean @Nullable [] unsigned;
  private int @Nullable [] collations;
  private @Nullable List<String> names;
  private final Map<Integer, List<EventBytes>> labels = new HashMap<>();

  private TableMap(TableId table, List<LoggedColumn> columns) {
    this.table = table;
    this.columns = List.copyOf(columns);
  }

  /**
   * @param body behind the table's number and the flags
   * @throws IllegalArgumentException if it is malformed
   */
  public static TableMap parse(EventBytes body) {
    String schema = body.text(body.u8());
    body.skip(1);
    String name = body.text(body.u8());
    body.skip(1);
    int count = body.packedCount();
    EventBytes types = body.take(count);
    EventBytes meta = body.take(body.packed());
    List<LoggedColumn> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      columns.add(column(types.u8(), meta));
    }
    if (meta.hasRemaining()) {
      throw new IllegalArgumentException("modifiers of columns are left over");
    }
    body.bits(count); // which columns may be null
    TableMap map = new TableMap(new TableId(schema, name), columns);
    while (body.hasRemaining()) {
      int kind = body.u8();
      map.metadata(kind, body.take(body.packed()));
    }
    return map;
  }

  private static LoggedColumn column(int type, EventBytes meta) {
    return switch (type) {
      case FieldType.FLOAT,
          FieldType.DOUBLE,
          FieldType.BLOB,
          FieldType.JSON,
          FieldType.GEOMETRY,
          FieldType.TIMESTAMP2,
          FieldType.DATETIME2,
          FieldType.TIME2,
          FieldType.VECTOR ->
          new LoggedColumn(type, meta.u8());
      case FieldType.VARCHAR, FieldType.BIT -> new LoggedColumn(type, meta.u16());
      case FieldType.DECIMAL -> new LoggedColumn(type, (int) meta.bigEndian(2));
      case FieldType.STRING -> string(meta.u8(), meta.u8());
      case FieldType.ENUM, FieldType.SET -> new LoggedColumn(type, (int) meta.bigEndian(2));
      default -> new LoggedColumn(type, 0);
    };
  }

  /**
   * Two bits of the length of a CHAR hide inverted in the byte of the type (field.cc,
   * Field_string::do_save_field_metadata).
   */
  private static LoggedColumn string(int type, int length) {
    if ((type & 0x30) != 0x30) {
      return new LoggedColumn(type | 0x30, length | ((type & 0x30) ^ 0x30) << 4);
    }
    return new LoggedColumn(type, length);
  }

  private void metadata(int kind, EventBytes value) {
    switch (kind) {
      case SIGNEDNESS -> unsigned = spread(value);
      case DEFAULT_CHARSET -> collations = overDefault(value);
      case COLUMN_CHARSET -> collations = one(value);
      case COLUMN_NAME -> {
        List<String> read = new ArrayList<>();
        while (value.hasRemaining()) {
          read.add(value.text(value.packed()));
        }
        if (read.size() != columns.size()) {
          throw new IllegalArgumentException("there are names for other than all columns");
        }
        names = List.copyOf(read);
      }
      case SET_LABELS -> labels(FieldType.SET, value);
      case ENUM_LABELS -> labels(FieldType.ENUM, value);
      default -> {
        // Keys, visibility: the catalog has said them.
      }
    }
  }

  private int[] places(IntPredicate wanted) {
    return IntStream.range(0, columns.size())
        .filter(place -> wanted.test(columns.get(place).type()))
        .toArray();
  }

  static boolean isNumeric(int type) {
    return switch (type) {
      case FieldType.TINY,
          FieldType.SHORT,
          FieldType.INT24,
          FieldType.LONG,
          FieldType.LONGLONG,
          FieldType.FLOAT,
          FieldType.DOUBLE,
          FieldType.DECIMAL,
          FieldType.YEAR ->
          true;
      default -> false;
    };
  }

  private static boolean isCharacter(int type) {
    return type == FieldType.STRING || type == FieldType.VARCHAR || type == FieldType.BLOB;
  }

  private boolean[] spread(EventBytes value) {
    // MySQL counts YEAR among the numbers and MariaDB does not: the count of bits tells no more.
    int[] numeric = places(TableMap::isNumeric);
    boolean[] bits = value.bitsFromTheLeft(Math.min(numeric.length, 8 * value.remaining()));
    boolean[] result = new boolean[columns.size()];
    for (int i = 0; i < bits.length; i++) {
      result[numeric[i]] = bits[i];
    }
    return result;
  }

  private int[] overDefault(EventBytes value) {
    int standard = (int) value.packed();
    TreeMap<Integer, Integer> others = new TreeMap<>();
    while (value.hasRemaining()) {
      others.put((int) value.packed(), (int) value.packed());
    }
    int[] result = new int[columns.size()];
    int[] places = places(TableMap::isCharacter);
    for (int i = 0; i < places.length; i++) {
      result[places[i]] = others.getOrDefault(i, standard);
    }
    return result;
  }

  private int[] one(EventBytes value) {
    int[] result = new int[columns.size()];
    for (int place : places(TableMap::isCharacter)) {
      result[place] = (int) value.packed();
    }
    return result;
  }

  private void labels(int type, EventBytes value) {
    for (int place : places(candidate -> candidate == type)) {
      int count = value.packedCount();
      List<EventBytes> read = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        read.add(value.take(value.packed()));
      }
      labels.put(place, List.copyOf(read));
    }
  }

  /**
   * The labels of an ENUM or SET in the column's character set, where the server writes them; a
   * catalog may have lost some of their characters.
   */
  Optional<List<EventBytes>> labels(int place) {
    return Optional.ofNullable(labels.get(place));
  }

  /** The table's database and name when the event was written. */
  public TableId table() {
    return table;
  }

  /** All of its columns then, in their order. */
  public List<LoggedColumn> columns() {
    return columns;
  }

  /** The columns' names, where the server writes them: {@code binlog_row_metadata} is FULL. */
  public Optional<List<String>> names() {
    return Optional.ofNullable(names);
  }

  /** Whether the number of a column has no sign, if the log says that. */
  Optional<Boolean> isUnsigned(int place) {
    return unsigned == null || columns.get(place).type() == FieldType.YEAR
        ? Optional.empty()
        : Optional.of(unsigned[place]);
  }

  /** The number of a character column's collation, if the log says that; 63 is binary. */
  Optional<Integer> collation(int place) {
    return collations == null || collations[place] == 0
        ? Optional.empty()
        : Optional.of(collations[place]);
  }
}
