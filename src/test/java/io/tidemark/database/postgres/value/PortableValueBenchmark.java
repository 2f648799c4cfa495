package io.tidemark.database.postgres.value;

import io.tidemark.schema.ValueType;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** PostgreSQL's text form to the portable encoding and back, per value. */
@State(Scope.Benchmark)
public class PortableValueBenchmark {

  /** A kind of value, and one of it. */
  public enum Sample {
    TEXT(new ValueType.Text(Long.MAX_VALUE, false), "text", "x".repeat(100)),
    TIMESTAMP(new ValueType.Timestamp(6, true), "timestamptz", "2026-11-23 10:15:30.123456+00"),
    BYTES(new ValueType.Binary(Long.MAX_VALUE, false), "bytea", "\\x" + "c0ffee".repeat(30)),
    DOUBLE(new ValueType.Real(64), "float8", "1234.5678"),
    BOOLEAN(ValueType.Plain.BOOLEAN, "bool", "t");

    private final ValueType type;
    private final String column;
    private final String text;

    Sample(ValueType type, String column, String text) {
      this.type = type;
      this.column = column;
      this.text = text;
    }
  }

  @Param public Sample sample;

  private final Bytes out = new Bytes();
  private ToPortable encoder = ToPortable.AS_IS;
  private FromPortable decoder = FromPortable.AS_IS;
  private byte[] text = {};
  private byte[] portable = {};

  @Setup
  public void prepare() {
    encoder = ToPortable.of(new PostgresType.Scalar(sample.type));
    decoder = FromPortable.of(sample.type, sample.column);
    text = sample.text.getBytes(StandardCharsets.UTF_8);
    encode();
    portable = out.copy();
  }

  @Benchmark
  public int encode() {
    out.clear();
    encoder.encode(text, 0, text.length, out);
    return out.size();
  }

  @Benchmark
  public int decode() {
    out.clear();
    decoder.decode(portable, 0, portable.length, out);
    return out.size();
  }
}
