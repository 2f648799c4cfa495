package io.tidemark.table.sink;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Plain;
import io.tidemark.schema.ValueType.Text;
import java.io.IOException;
import java.io.Serializable;
import java.io.StringWriter;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.jspecify.annotations.Nullable;

/**
 * Writes arrays, maps of texts and rows as JSON, in the form in which the source tables read it:
 * what has been written by the one is what the other reads.
 */
final class StructureText {

  private static final JsonFactory JSON = new JsonFactory();

  private StructureText() {}

  /** Writes one value that is not null. */
  @FunctionalInterface
  private interface Part extends Serializable {
    void write(Object value, JsonGenerator out) throws IOException;
  }

  /**
   * Whether a column holds any document. One of PostgreSQL's own arrays and row types does not,
   * though its values are JSON on the way to other servers.
   *
   * @param type as the database calls it
   */
  static boolean fits(String type, ValueType values) {
    return values == Plain.JSON && (type.equals("json") || type.equals("jsonb"))
        || values instanceof Text text && !text.padded() && text.maxLength() >= Integer.MAX_VALUE;
  }

  /** Whether it is one of the types that this writes, whatever they are made of. */
  static boolean isStructure(LogicalType declared) {
    return declared.is(LogicalTypeRoot.ARRAY)
        || declared.is(LogicalTypeRoot.MAP)
        || declared.is(LogicalTypeRoot.ROW);
  }

  /**
   * @return empty if it is no structure, or made of what JSON does not tell from something else
   */
  static Optional<ValueWriter> of(LogicalType declared) {
    return structure(declared)
        .map(
            part ->
                value -> {
                  StringWriter text = new StringWriter();
                  try (JsonGenerator out = JSON.createGenerator(text)) {
                    part.write(value, out);
                  } catch (IOException e) {
                    // What Jackson says may show the value.
                    throw new IllegalArgumentException("it has no JSON form");
                  }
                  return text.toString();
                });
  }

  private static Optional<Part> structure(LogicalType declared) {
    return switch (declared.getTypeRoot()) {
      case ARRAY -> array(((ArrayType) declared).getElementType());
      case MAP -> map((MapType) declared);
      case ROW -> row((RowType) declared);
      default -> Optional.empty();
    };
  }

  private static Optional<Part> element(LogicalType declared) {
    return switch (declared.getTypeRoot()) {
      case CHAR, VARCHAR -> Optional.of((value, out) -> out.writeString(value.toString()));
      case BOOLEAN -> Optional.of((value, out) -> out.writeBoolean((Boolean) value));
      case TINYINT, SMALLINT, INTEGER, BIGINT ->
          Optional.of((value, out) -> out.writeNumber(value.toString()));
      case DECIMAL ->
          Optional.of(
              (value, out) ->
                  out.writeNumber(((DecimalData) value).toBigDecimal().toPlainString()));
      case FLOAT, DOUBLE -> Optional.of(StructureText::real);
      case DATE ->
          Optional.of(
              (value, out) ->
                  out.writeString(ValueWriter.date(LocalDate.ofEpochDay((Integer) value))));
      default -> structure(declared);
    };
  }

  /** JSON has no numbers for these. */
  private static void real(Object value, JsonGenerator out) throws IOException {
    if (Double.isFinite(((Number) value).doubleValue())) {
      out.writeNumber(value.toString());
    } else {
      out.writeString(value.toString());
    }
  }

  private static void orNull(@Nullable Object value, Part part, JsonGenerator out)
      throws IOException {
    if (value == null) {
      out.writeNull();
    } else {
      part.write(value, out);
    }
  }

  private static Optional<Part> array(LogicalType declared) {
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(declared);
    return element(declared)
        .map(
            part ->
                (value, out) -> {
                  ArrayData array = (ArrayData) value;
                  out.writeStartArray();
                  for (int i = 0; i < array.size(); i++) {
                    orNull(getter.getElementOrNull(array, i), part, out);
                  }
                  out.writeEndArray();
                });
  }

  private static Optional<Part> map(MapType declared) {
    if (!declared.getKeyType().is(LogicalTypeRoot.VARCHAR)) {
      return Optional.empty();
    }
    ArrayData.ElementGetter keys = ArrayData.createElementGetter(declared.getKeyType());
    ArrayData.ElementGetter values = ArrayData.createElementGetter(declared.getValueType());
    return element(declared.getValueType())
        .map(
            part ->
                (value, out) -> {
                  MapData map = (MapData) value;
                  out.writeStartObject();
                  for (int i = 0; i < map.size(); i++) {
                    Object key = keys.getElementOrNull(map.keyArray(), i);
                    if (key == null) {
                      throw new IllegalArgumentException("a key of it is null");
                    }
                    out.writeFieldName(key.toString());
                    orNull(values.getElementOrNull(map.valueArray(), i), part, out);
                  }
                  out.writeEndObject();
                });
  }

  private record Field(String name, RowData.FieldGetter getter, Part part)
      implements Serializable {}

  private static Optional<Part> row(RowType declared) {
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < declared.getFieldCount(); i++) {
      Optional<Part> part = element(declared.getTypeAt(i));
      if (part.isEmpty()) {
        return Optional.empty();
      }
      fields.add(
          new Field(
              declared.getFieldNames().get(i),
              RowData.createFieldGetter(declared.getTypeAt(i), i),
              part.get()));
    }
    List<Field> all = List.copyOf(fields);
    return Optional.of(
        (value, out) -> {
          out.writeStartObject();
          for (Field field : all) {
            out.writeFieldName(field.name());
            orNull(field.getter().getFieldOrNull((RowData) value), field.part(), out);
          }
          out.writeEndObject();
        });
  }
}
