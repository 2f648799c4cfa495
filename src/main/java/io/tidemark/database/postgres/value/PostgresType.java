package io.tidemark.database.postgres.value;

import io.tidemark.schema.ValueType;
import java.util.List;

/** What a value of PostgreSQL is made of, as far as its text form is concerned. */
public sealed interface PostgresType {

  /** What the value is in the portable encoding. */
  ValueType portable();

  /** A value whose portable type says everything about it. */
  record Scalar(ValueType portable) implements PostgresType {}

  /** A value that is made of others. */
  sealed interface Structure extends PostgresType {
    @Override
    default ValueType portable() {
      return ValueType.Plain.JSON;
    }
  }

  /**
   * An array of any number of dimensions.
   *
   * @param delimiter what stands between two elements: a comma, but for {@code box}
   */
  record Array(PostgresType element, char delimiter) implements Structure {}

  /** A row. */
  record Composite(List<Attribute> attributes) implements Structure {
    public Composite {
      attributes = List.copyOf(attributes);
    }
  }

  /** A field of a row. */
  record Attribute(String name, PostgresType type) {}

  /** A range. */
  record Range(PostgresType bound) implements Structure {}

  /** Several ranges. */
  record Multirange(Range range) implements Structure {}

  /** Keys with texts, of the extension of that name. */
  record Hstore() implements Structure {}
}
