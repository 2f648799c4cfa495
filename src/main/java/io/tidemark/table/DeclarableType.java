package io.tidemark.table;

import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Binary;
import io.tidemark.schema.ValueType.Bits;
import io.tidemark.schema.ValueType.Decimal;
import io.tidemark.schema.ValueType.Int;
import io.tidemark.schema.ValueType.LabelSet;
import io.tidemark.schema.ValueType.Plain;
import io.tidemark.schema.ValueType.Real;
import io.tidemark.schema.ValueType.Text;
import io.tidemark.schema.ValueType.Time;
import io.tidemark.schema.ValueType.Timestamp;
import io.tidemark.schema.ValueType.Vector;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.DecimalType;

/** What a column is best declared as, among what it may be. */
public final class DeclarableType {

  /** From the narrowest to the widest. */
  private static final List<DataType> WHOLE_NUMBERS =
      List.of(
          DataTypes.TINYINT(),
          DataTypes.SMALLINT(),
          DataTypes.INT(),
          DataTypes.BIGINT(),
          DataTypes.DECIMAL(20, 0));

  /**
   * The longest length that anybody can have given to a type, which is PostgreSQL's for {@code
   * varchar} (manual, 8.3): longer ones are what a server has room for.
   */
  private static final int LONGEST_GIVEN = 10_485_760;

  private DeclarableType() {}

  /**
   * The first of the types that suit, from the narrowest to the plainest, that a declaration may
   * name: what this says is never refused.
   *
   * @return nullable; empty if the column cannot be declared at all
   */
  public static Optional<DataType> of(ValueType type) {
    return Stream.concat(suiting(type).stream(), Stream.of(DataTypes.STRING()))
        .filter(declared -> ValueConverter.of(type, declared.getLogicalType()).isPresent())
        .findFirst();
  }

  private static List<DataType> suiting(ValueType type) {
    if (type instanceof Int) {
      return WHOLE_NUMBERS;
    }
    if (type == Plain.BOOLEAN || type instanceof Bits) {
      return List.of(DataTypes.BOOLEAN());
    }
    if (type == Plain.YEAR) {
      return List.of(DataTypes.INT());
    }
    if (type instanceof Real) {
      return List.of(DataTypes.FLOAT(), DataTypes.DOUBLE());
    }
    if (type instanceof Decimal decimal) {
      return decimal(decimal);
    }
    if (type instanceof Text text) {
      return text(text);
    }
    if (type instanceof Binary binary) {
      return bytes(binary);
    }
    if (type == Plain.DATE) {
      return List.of(DataTypes.DATE());
    }
    // Flink's planner has no fractions of a TIME.
    if (type instanceof Time time && time.digits() == 0) {
      return List.of(DataTypes.TIME());
    }
    if (type instanceof Timestamp timestamp) {
      return List.of(
          timestamp.instant()
              ? DataTypes.TIMESTAMP_LTZ(timestamp.digits())
              : DataTypes.TIMESTAMP(timestamp.digits()));
    }
    if (type instanceof LabelSet) {
      return List.of(DataTypes.ARRAY(DataTypes.STRING()));
    }
    if (type instanceof Vector) {
      return List.of(DataTypes.ARRAY(DataTypes.FLOAT()));
    }
    return List.of();
  }

  /** A scale may be negative, or larger than the precision, at PostgreSQL. */
  private static List<DataType> decimal(Decimal type) {
    int scale = Math.max(0, type.scale());
    int precision = Math.max(Math.max(1, scale), type.precision() - type.scale() + scale);
    return precision <= DecimalType.MAX_PRECISION
        ? List.of(DataTypes.DECIMAL(precision, scale))
        : List.of();
  }

  /** MySQL has columns of no characters, and Flink has not. */
  private static List<DataType> text(Text type) {
    if (type.maxLength() > LONGEST_GIVEN) {
      return List.of();
    }
    int length = Math.max(1, Math.toIntExact(type.maxLength()));
    return type.padded()
        ? List.of(DataTypes.CHAR(length), DataTypes.VARCHAR(length))
        : List.of(DataTypes.VARCHAR(length));
  }

  private static List<DataType> bytes(Binary type) {
    if (type.maxLength() > LONGEST_GIVEN) {
      return List.of(DataTypes.BYTES());
    }
    int length = Math.max(1, Math.toIntExact(type.maxLength()));
    return type.fixed()
        ? List.of(DataTypes.BINARY(length), DataTypes.VARBINARY(length))
        : List.of(DataTypes.VARBINARY(length));
  }
}
