package io.tidemark.database.postgres.value;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.postgres.value.PostgresType.Array;
import io.tidemark.database.postgres.value.PostgresType.Attribute;
import io.tidemark.database.postgres.value.PostgresType.Composite;
import io.tidemark.database.postgres.value.PostgresType.Hstore;
import io.tidemark.database.postgres.value.PostgresType.Multirange;
import io.tidemark.database.postgres.value.PostgresType.Range;
import io.tidemark.database.postgres.value.PostgresType.Scalar;
import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Plain;
import io.tidemark.testing.DamagedInput;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.DeserializationFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

/** Values of PostgreSQL on their way into the portable encoding, and back, whole and damaged. */
class DamagedValuesTest {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final PostgresType INT = new Scalar(new ValueType.Int(32, false));
  private static final PostgresType TEXT = new Scalar(new ValueType.Text(Long.MAX_VALUE, false));
  private static final PostgresType BYTES = new Scalar(new ValueType.Binary(Long.MAX_VALUE, false));
  private static final PostgresType BOOLEAN = new Scalar(Plain.BOOLEAN);
  private static final PostgresType TIMESTAMP = new Scalar(new ValueType.Timestamp(6, true));
  private static final PostgresType VECTOR = new Scalar(new ValueType.Vector(16));

  private record Sample(PostgresType type, String text) {}

  private static final List<Sample> SAMPLES =
      List.of(
          new Sample(BOOLEAN, "t"),
          new Sample(BOOLEAN, "false"),
          new Sample(new Scalar(new ValueType.Real(32)), "-1.5e+20"),
          new Sample(new Scalar(new ValueType.Real(64)), "NaN"),
          new Sample(new Scalar(new ValueType.Text(10, true)), "ab   "),
          new Sample(BYTES, "\\x00ff5c"),
          new Sample(new Scalar(new ValueType.Time(3)), "23:59:59.5"),
          new Sample(TIMESTAMP, "2024-02-29 12:13:14.5+00"),
          new Sample(TIMESTAMP, "0044-03-15 00:00:00+00 BC"),
          new Sample(VECTOR, "[1,-2.5,3e+10]"),
          new Sample(new Array(INT, ','), "{{1,2},{NULL,-4}}"),
          new Sample(new Array(INT, ','), "[0:1]={4,5}"),
          new Sample(new Array(TEXT, ','), "{\"a\\\"b,\",\"\",NULL,\"NULL\",x}"),
          new Sample(new Array(BYTES, ','), "{\"\\\\x00ff\"}"),
          new Sample(new Array(BOOLEAN, ';'), "{t;f}"),
          new Sample(
              new Composite(
                  List.of(
                      new Attribute("n", INT),
                      new Attribute("t", TEXT),
                      new Attribute("b", BOOLEAN))),
              "(1,\"a \"\"b\"\"\",)"),
          new Sample(new Range(INT), "[1,10)"),
          new Sample(new Range(TIMESTAMP), "[\"2024-01-01 00:00:00+00\",)"),
          new Sample(new Range(INT), "empty"),
          new Sample(new Multirange(new Range(INT)), "{[1,3),[5,7)}"),
          new Sample(new Hstore(), "\"a\"=>\"1\", \"b\"=>NULL"));

  private static byte[] portable(PostgresType type, byte[] text) throws Exception {
    Bytes out = new Bytes();
    ToPortable.of(type).encode(text, 0, text.length, out);
    if (type instanceof PostgresType.Structure) {
      JSON.readTree(out.copy()); // what comes out of it is JSON, whatever went in
    }
    return out.copy();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void damagedValuesAreRefusedOrBecomeValuesOfTheirType() {
    int seed = 0;
    for (Sample sample : SAMPLES) {
      DamagedInput reader =
          DamagedInput.of(
              text -> portable(sample.type(), ascii(text)), IllegalArgumentException.class);
      assertThat(reader.give(bytes(sample.text()))).as(sample.text()).isPresent();
      DamagedInput.Tally tally = reader.giveChanges(bytes(sample.text()), 2_000, seed++);
      assertThat(tally.read()).as(sample.text()).isPositive();
    }
  }

  /** The server sends valid UTF-8 only; other bytes inside a text are the target's to refuse. */
  private static byte[] ascii(byte[] text) {
    byte[] ascii = text.clone();
    for (int i = 0; i < ascii.length; i++) {
      ascii[i] = ascii[i] < 0 ? (byte) 'z' : ascii[i];
    }
    return ascii;
  }

  @Test
  void whatNoServerPrintsIsRefused() {
    for (Sample sample :
        List.of(
            new Sample(BOOLEAN, "tx"),
            new Sample(BOOLEAN, ""),
            new Sample(BYTES, "\\xzz"),
            new Sample(BYTES, "\\x0"),
            new Sample(VECTOR, "[1,23"),
            new Sample(VECTOR, "[1,2}"),
            new Sample(TIMESTAMP, "2024-02-29 12x13:14+00"),
            new Sample(TIMESTAMP, "2024-02-29 12:13:14+00 BX"),
            new Sample(new Scalar(new ValueType.Time(3)), "ab:cd:ef"),
            new Sample(new Array(INT, ','), "{1,}"),
            new Sample(new Array(INT, ','), "{1,2"),
            new Sample(new Array(INT, ','), "{1,x}"),
            new Sample(new Array(INT, ','), "[0\":1]={4,5}"),
            new Sample(new Array(BOOLEAN, ','), "{t,x}"),
            new Sample(new Range(INT), "[1,2"),
            new Sample(new Hstore(), "\"a\"=>1"),
            new Sample(new Hstore(), "\"a\"=>\"1\","))) {
      DamagedInput reader =
          DamagedInput.of(text -> portable(sample.type(), text), IllegalArgumentException.class);
      assertThat(reader.give(bytes(sample.text()))).as(sample.text()).isEmpty();
    }
  }

  @Test
  void nestedWithoutEndIsRefused() {
    DamagedInput reader =
        DamagedInput.of(
            text -> portable(new Array(INT, ','), text), IllegalArgumentException.class);
    assertThat(reader.give(bytes("{".repeat(1_000_000)))).isEmpty();
    assertThat(reader.give(bytes("{{{{{{1}}}}}}"))).isPresent();
  }

  @Property(tries = 500)
  void bytesTimesAndVectorsComeBack(@ForAll byte[] value) throws Exception {
    Bytes text = new Bytes();
    FromPortable.of(BYTES.portable(), "bytea").decode(value, 0, value.length, text);
    assertThat(portable(BYTES, text.copy())).isEqualTo(value);
    byte[] floats = java.util.Arrays.copyOf(value, value.length / 4 * 4);
    for (int i = 3; i < floats.length; i += 4) {
      floats[i] &= 0x3f; // finite
    }
    Bytes vector = new Bytes();
    FromPortable.of(VECTOR.portable(), "vector").decode(floats, 0, floats.length, vector);
    assertThat(portable(VECTOR, vector.copy())).isEqualTo(floats);
  }

  @Test
  void damagedPortableValuesAreRefusedOrBecomeText() {
    int seed = 0;
    for (Sample sample :
        List.of(
            new Sample(new Scalar(Plain.DATE), "2024-02-29"),
            new Sample(new Scalar(Plain.DATE), "0044-03-15 BC"),
            new Sample(TIMESTAMP, "2024-02-29 12:13:14.500000"),
            new Sample(new Scalar(new ValueType.Time(3)), "23:59:59.500"),
            new Sample(new Scalar(Plain.JSON), "{\"a\": \"\\u0001\"}"),
            new Sample(TEXT, "text"),
            new Sample(VECTOR, "01234567"))) {
      for (String column : List.of("jsonb", "vector", "interval", "float4", "text")) {
        DamagedInput.of(
                value -> {
                  Bytes out = new Bytes();
                  FromPortable.of(sample.type().portable(), column)
                      .decode(value, 0, value.length, out);
                  return out.text();
                },
                BadValueException.class)
            .giveChanges(bytes(sample.text()), 500, seed++);
      }
    }
  }

  @Test
  void aVectorThatEndsWithinANumberIsRefused() {
    DamagedInput reader =
        DamagedInput.of(
            value -> {
              Bytes out = new Bytes();
              FromPortable.of(VECTOR.portable(), "vector").decode(value, 0, value.length, out);
              return out.text();
            },
            BadValueException.class);
    assertThat(reader.give(new byte[7])).isEmpty();
  }
}
