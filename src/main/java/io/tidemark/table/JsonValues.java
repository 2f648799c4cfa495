package io.tidemark.table;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.jspecify.annotations.Nullable;

/**
 * Makes arrays, maps and rows of values that come as JSON: PostgreSQL's arrays and row types, and
 * the documents of all. JSON does not say which type a value is of, so that each is looked at: one
 * that the declared type does not hold as it stands is refused. Types whose values JSON cannot tell
 * apart (moments from local times, bytes from texts) may not be declared.
 */
final class JsonValues {

  private static final int LONGEST_NUMBER = 200_000;
  private static final int DEEPEST = 1_000;

  /** A value is in memory already. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxNumberLength(LONGEST_NUMBER)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private JsonValues() {}

  /** One value, at whose first token the parser is; leaves it at its last one. */
  @FunctionalInterface
  private interface Reader extends Serializable {
    Object read(Document document) throws IOException;
  }

  /**
   * @param text what the parser reads
   */
  private record Document(JsonParser parser, String text) {

    JsonToken token() {
      return parser.currentToken();
    }

    JsonToken next() throws IOException {
      JsonToken token = parser.nextToken();
      if (token == null) {
        throw new IllegalArgumentException("its JSON ends too early");
      }
      return token;
    }

    /** The value as it stands, with all that is in it. */
    String whole() throws IOException {
      int start = Math.toIntExact(parser.currentTokenLocation().getCharOffset());
      parser.skipChildren();
      return text.substring(start, Math.toIntExact(parser.currentLocation().getCharOffset()));
    }
  }

  /**
   * @param declared an array, a map of texts or a row
   * @return empty if it may not be declared
   */
  static Optional<ValueConverter> of(LogicalType declared) {
    return structure(declared)
        .map(
            reader ->
                (bytes, offset, length) ->
                    read(reader, new String(bytes, offset, length, StandardCharsets.UTF_8)));
  }

  private static Object read(Reader reader, String text) {
    try (JsonParser parser = JSON.createParser(text)) {
      Document document = new Document(parser, text);
      document.next();
      return reader.read(document);
    } catch (IOException e) {
      // What Jackson says shows the value.
      throw new IllegalArgumentException("it is no JSON that can be read here");
    }
  }

  private static Optional<Reader> structure(LogicalType declared) {
    return switch (declared.getTypeRoot()) {
      case ARRAY -> array((ArrayType) declared);
      case MAP -> map((MapType) declared);
      case ROW -> row((RowType) declared);
      default -> Optional.empty();
    };
  }

  /** Of an element, which may be null where its type says so. */
  private static Optional<Reader> element(LogicalType declared) {
    return switch (declared.getTypeRoot()) {
      case VARCHAR ->
          ((VarCharType) declared).getLength() == VarCharType.MAX_LENGTH
              ? Optional.of(JsonValues::text)
              : Optional.empty();
      case BOOLEAN -> Optional.of(JsonValues::truth);
      case TINYINT -> number(Byte::valueOf, "TINYINT");
      case SMALLINT -> number(Short::valueOf, "SMALLINT");
      case INTEGER -> number(Integer::valueOf, "INT");
      case BIGINT -> number(Long::valueOf, "BIGINT");
      case DECIMAL -> {
        DecimalType decimal = (DecimalType) declared;
        int precision = decimal.getPrecision();
        int scale = decimal.getScale();
        yield Optional.of(document -> ValueConverter.exact(digits(document), precision, scale));
      }
      case FLOAT -> Optional.of(document -> real(document, Float::valueOf));
      case DOUBLE -> Optional.of(document -> real(document, Double::valueOf));
      case DATE -> Optional.of(document -> ValueConverter.date(string(document)));
      default -> structure(declared);
    };
  }

  private static Optional<Reader> array(ArrayType declared) {
    boolean nullable = declared.getElementType().isNullable();
    return element(declared.getElementType())
        .map(
            element ->
                document -> {
                  if (document.token() == JsonToken.START_OBJECT) {
                    throw new IllegalArgumentException(
                        "it is an object, as an array is whose indexes do not start at 1; declare"
                            + " the column as STRING to have it");
                  }
                  require(document, JsonToken.START_ARRAY, "no array");
                  List<@Nullable Object> values = new ArrayList<>();
                  while (document.next() != JsonToken.END_ARRAY) {
                    values.add(orNull(element, document, nullable));
                  }
                  return new GenericArrayData(values.toArray());
                });
  }

  private static Optional<Reader> map(MapType declared) {
    boolean nullable = declared.getValueType().isNullable();
    boolean isOfTexts =
        declared.getKeyType() instanceof VarCharType key
            && key.getLength() == VarCharType.MAX_LENGTH;
    return (isOfTexts ? element(declared.getValueType()) : Optional.<Reader>empty())
        .map(
            element ->
                document -> {
                  Map<Object, @Nullable Object> values = new HashMap<>();
                  fields(
                      document,
                      name ->
                          values.put(
                              StringData.fromString(name), orNull(element, document, nullable)));
                  return new GenericMapData(values);
                });
  }

  private static Optional<Reader> row(RowType declared) {
    List<Reader> readers = new ArrayList<>();
    for (RowType.RowField field : declared.getFields()) {
      Optional<Reader> reader = element(field.getType());
      if (reader.isEmpty()) {
        return Optional.empty();
      }
      readers.add(reader.get());
    }
    // Serializable, which lists of Flink's types need not be.
    ArrayList<String> names = new ArrayList<>(declared.getFieldNames());
    boolean[] nullable = new boolean[names.size()];
    for (int i = 0; i < nullable.length; i++) {
      nullable[i] = declared.getTypeAt(i).isNullable();
    }
    ArrayList<Reader> all = new ArrayList<>(readers);
    return Optional.of(
        document -> {
          GenericRowData row = new GenericRowData(names.size());
          boolean[] found = new boolean[names.size()];
          fields(
              document,
              name -> {
                int i = names.indexOf(name);
                if (i < 0) {
                  throw new IllegalArgumentException(
                      "it has a field that the ROW has not; declare the column as STRING to have"
                          + " it");
                }
                row.setField(i, orNull(all.get(i), document, nullable[i]));
                found[i] = true;
              });
          for (int i = 0; i < found.length; i++) {
            if (!found[i] && !nullable[i]) {
              throw new IllegalArgumentException("it lacks a field that is declared NOT NULL");
            }
          }
          return row;
        });
  }

  private interface FieldTaking {
    void take(String name) throws IOException;
  }

  /** Each field of an object, with the parser at its value. */
  private static void fields(Document document, FieldTaking taking) throws IOException {
    require(document, JsonToken.START_OBJECT, "no object");
    Set<String> names = new HashSet<>();
    while (document.next() != JsonToken.END_OBJECT) {
      String name = document.parser().currentName();
      if (!names.add(name)) {
        throw new IllegalArgumentException(
            "it is an object that has a key twice; declare the column as STRING to have it");
      }
      document.next();
      taking.take(name);
    }
  }

  private static @Nullable Object orNull(Reader reader, Document document, boolean nullable)
      throws IOException {
    if (document.token() != JsonToken.VALUE_NULL) {
      return reader.read(document);
    }
    if (!nullable) {
      throw new IllegalArgumentException("a null is in it where NOT NULL is declared");
    }
    return null;
  }

  private static void require(Document document, JsonToken token, String otherwise) {
    if (document.token() != token) {
      throw new IllegalArgumentException("it, or a part of it, is " + otherwise);
    }
  }

  /** A text as it is, and all else as it stands. */
  private static Object text(Document document) throws IOException {
    return StringData.fromString(
        document.token() == JsonToken.VALUE_STRING
            ? document.parser().getText()
            : document.whole());
  }

  private static Object truth(Document document) {
    return switch (document.token()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw new IllegalArgumentException("a part of it is neither true nor false");
    };
  }

  private static String string(Document document) throws IOException {
    require(document, JsonToken.VALUE_STRING, "no text");
    return document.parser().getText();
  }

  private static String digits(Document document) throws IOException {
    if (!document.token().isNumeric()) {
      throw new IllegalArgumentException("a part of it is no number");
    }
    return document.parser().getText();
  }

  private interface Parsing extends Function<String, Number>, Serializable {}

  private static Optional<Reader> number(Parsing parsing, String type) {
    return Optional.of(
        document -> {
          String digits = digits(document);
          try {
            return parsing.apply(digits);
          } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a number in it is no " + type);
          }
        });
  }

  /** One that is printed as another number is not what stands there. */
  private static Object real(Document document, Parsing parsing) throws IOException {
    if (document.token() == JsonToken.VALUE_STRING) {
      return switch (document.parser().getText()) {
        case "NaN", "Infinity", "-Infinity" -> parsing.apply(document.parser().getText());
        default -> throw new IllegalArgumentException("a part of it is no number");
      };
    }
    String digits = digits(document);
    Number number = parsing.apply(digits);
    if (Double.isInfinite(number.doubleValue())
        || new BigDecimal(number.toString()).compareTo(new BigDecimal(digits)) != 0) {
      throw new IllegalArgumentException(
          "a number in it has more digits than the declared type keeps");
    }
    return number;
  }
}
