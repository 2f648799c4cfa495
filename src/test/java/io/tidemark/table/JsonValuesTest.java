package io.tidemark.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.types.DataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a declared structure does not hold as it stands is refused, without a word of the value. */
class JsonValuesTest {

  private static final DataType PAIR =
      DataTypes.ROW(
          DataTypes.FIELD("a", DataTypes.INT()),
          DataTypes.FIELD("b", DataTypes.STRING().notNull()));

  static Stream<Arguments> refused() {
    return Stream.of(
        of(DataTypes.ARRAY(DataTypes.INT()), "[4294967296]", "a number in it is no INT"),
        of(DataTypes.ARRAY(DataTypes.INT()), "[1.0]", "a number in it is no INT"),
        of(DataTypes.ARRAY(DataTypes.INT()), "[\"1\"]", "a part of it is no number"),
        of(DataTypes.ARRAY(DataTypes.INT()), "[[1]]", "a part of it is no number"),
        of(DataTypes.ARRAY(DataTypes.TINYINT()), "[128]", "a number in it is no TINYINT"),
        of(DataTypes.ARRAY(DataTypes.SMALLINT()), "[32768]", "a number in it is no SMALLINT"),
        of(
            DataTypes.ARRAY(DataTypes.BIGINT()),
            "[9223372036854775808]",
            "a number in it is no BIGINT"),
        of(DataTypes.ARRAY(DataTypes.INT().notNull()), "[null]", "where NOT NULL is declared"),
        of(DataTypes.ARRAY(DataTypes.INT()), "null", "is no array"),
        of(DataTypes.ARRAY(DataTypes.INT()), "[1", "no JSON that can be read here"),
        of(
            DataTypes.ARRAY(DataTypes.INT()),
            "{\"bounds\": \"[0:1]\", \"elements\": [1, 2]}",
            "whose indexes do not start at 1"),
        of(DataTypes.ARRAY(DataTypes.DOUBLE()), "[0.10000000000000000001]", "more digits"),
        of(DataTypes.ARRAY(DataTypes.DOUBLE()), "[1e400]", "more digits"),
        of(DataTypes.ARRAY(DataTypes.FLOAT()), "[0.123456789]", "more digits"),
        of(DataTypes.ARRAY(DataTypes.FLOAT()), "[\"none\"]", "a part of it is no number"),
        of(DataTypes.ARRAY(DataTypes.DECIMAL(4, 1)), "[0.05]", "more than 1 digits"),
        of(DataTypes.ARRAY(DataTypes.DECIMAL(4, 1)), "[12345]", "more than 4 digits"),
        of(DataTypes.ARRAY(DataTypes.DECIMAL(4, 1)), "[\"NaN\"]", "a part of it is no number"),
        of(DataTypes.ARRAY(DataTypes.DATE()), "[\"0044-03-15 BC\"]", "outside of the years"),
        of(DataTypes.ARRAY(DataTypes.BOOLEAN()), "[1]", "neither true nor false"),
        of(
            DataTypes.MAP(DataTypes.STRING(), DataTypes.INT()),
            "{\"a\": 1, \"a\": 2}",
            "has a key twice"),
        of(DataTypes.MAP(DataTypes.STRING(), DataTypes.INT()), "[1]", "is no object"),
        of(PAIR, "{\"a\": 1, \"b\": \"x\", \"c\": 2}", "a field that the ROW has not"),
        of(PAIR, "{\"a\": 1}", "lacks a field that is declared NOT NULL"),
        of(PAIR, "{\"a\": 1, \"b\": null}", "where NOT NULL is declared"));
  }

  private static Arguments of(DataType declared, String json, String why) {
    return Arguments.of(declared, json, why);
  }

  private static Object convert(DataType declared, String json) {
    byte[] bytes = ("_" + json).getBytes(StandardCharsets.UTF_8);
    return JsonValues.of(declared.getLogicalType())
        .orElseThrow()
        .convert(bytes, 1, bytes.length - 1);
  }

  @ParameterizedTest
  @MethodSource
  void refused(DataType declared, String json, String why) {
    assertThatThrownBy(() -> convert(declared, json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why)
        .hasNoCause();
  }

  static Stream<DataType> undeclarable() {
    return Stream.of(
        DataTypes.STRING(),
        DataTypes.ARRAY(DataTypes.TIMESTAMP(6)),
        DataTypes.ARRAY(DataTypes.TIMESTAMP_LTZ(6)),
        DataTypes.ARRAY(DataTypes.TIME()),
        DataTypes.ARRAY(DataTypes.BYTES()),
        DataTypes.ARRAY(DataTypes.VARCHAR(5)),
        DataTypes.MAP(DataTypes.INT(), DataTypes.INT()),
        DataTypes.ROW(DataTypes.FIELD("a", DataTypes.BYTES())));
  }

  @ParameterizedTest
  @MethodSource
  void undeclarable(DataType declared) {
    assertThat(JsonValues.of(declared.getLogicalType())).isEmpty();
  }

  @Test
  void aFieldThatIsNotThereIsNull() {
    assertThat(convert(PAIR, "{\"b\": \"x\"}"))
        .isInstanceOfSatisfying(GenericRowData.class, row -> assertThat(row.isNullAt(0)).isTrue());
  }
}
