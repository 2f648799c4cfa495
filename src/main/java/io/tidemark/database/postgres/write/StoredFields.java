package io.tidemark.database.postgres.write;

import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.postgres.value.Bytes;
import io.tidemark.database.postgres.value.PostgresType;
import io.tidemark.database.postgres.value.ToPortable;
import io.tidemark.schema.ValueType;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reads fields of a row at the target back into the portable encoding in which they came. What came
 * is known to be the same only if it would be written here as what is here, so that is looked at.
 */
final class StoredFields {

  private final Connection connection;
  private final TargetTable target;
  private final PortableValues values;

  StoredFields(Connection connection, TargetTable target, PortableValues values) {
    this.connection = connection;
    this.target = target;
    this.values = values;
  }

  /** Empty if a field is here in a form that does not tell how it came. */
  Optional<Row> read(Row named, int[] fields) throws SQLException {
    int[] key = target.table().keyIndexes();
    Row own = values.own(keyOf(target, named));
    List<Optional<String>> texts = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql(fields))) {
      for (int i = 0; i < key.length; i++) {
        statement.setString(i + 1, own.text(key[i]));
      }
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw FailureDetail.missing(target, "update", 0, 1, List.of(own));
        }
        for (int i = 0; i < fields.length; i++) {
          texts.add(Optional.ofNullable(rows.getString(i + 1)));
        }
      }
    }
    return portable(named.size(), fields, texts);
  }

  /** The fields of the key alone. */
  static Row keyOf(TargetTable target, Row named) {
    Row.Builder keyed = Row.builder(named.array(), named.size());
    for (int field : target.table().keyIndexes()) {
      keyed.setValue(field, named.offset(field), named.length(field));
    }
    return keyed.build();
  }

  private String sql(int[] fields) {
    return "SELECT "
        + Arrays.stream(fields)
            .mapToObj(field -> target.columns().get(field).name() + "::pg_catalog.text")
            .collect(Collectors.joining(", "))
        + " FROM "
        + target.onlyName()
        + " WHERE "
        + Arrays.stream(target.table().keyIndexes())
            .mapToObj(field -> target.columns().get(field))
            .map(column -> column.name() + " " + column.equal() + " (?)::" + column.type())
            .collect(Collectors.joining(" AND "));
  }

  private Optional<Row> portable(int size, int[] fields, List<Optional<String>> texts) {
    Bytes bytes = new Bytes();
    int[] ends = new int[fields.length];
    for (int i = 0; i < fields.length; i++) {
      if (texts.get(i).isPresent()) {
        byte[] text = texts.get(i).get().getBytes(StandardCharsets.UTF_8);
        try {
          encoding(fields[i]).encode(text, 0, text.length, bytes);
        } catch (IllegalArgumentException e) {
          return Optional.empty();
        }
      }
      ends[i] = bytes.size();
    }
    Row.Builder row = Row.builder(bytes.copy(), size);
    for (int i = 0; i < fields.length; i++) {
      int start = i == 0 ? 0 : ends[i - 1];
      if (texts.get(i).isPresent()) {
        row.setValue(fields[i], start, ends[i] - start);
      } else {
        row.setNull(fields[i]);
      }
    }
    Row read = row.build();
    return isThatHere(read, fields, texts) ? Optional.of(read) : Optional.empty();
  }

  private ToPortable encoding(int field) {
    ValueType type = target.table().columns().get(field).values();
    String column = target.columns().get(field).typeName();
    if (column.equals("bool")) {
      return ToPortable.of(new PostgresType.Scalar(ValueType.Plain.BOOLEAN));
    }
    if (type.isRaw() && column.equals("bytea")) {
      return ToPortable.of(new PostgresType.Scalar(new ValueType.Binary(Long.MAX_VALUE, false)));
    }
    return ToPortable.of(new PostgresType.Scalar(type));
  }

  private boolean isThatHere(Row row, int[] fields, List<Optional<String>> texts) {
    try {
      Bytes written = new Bytes();
      for (int i = 0; i < fields.length; i++) {
        if (texts.get(i).isPresent()) {
          written.clear();
          boolean same =
              values.convert(row, fields[i], written)
                  && (written.text().equals(texts.get(i).get()) || isFilledUp(fields[i]));
          if (!same) {
            return false;
          }
        }
      }
      return true;
    } catch (DatabaseException e) {
      return false;
    }
  }

  /** Types of which PostgreSQL prints fewer zeros, or another form of the same value. */
  private boolean isFilledUp(int field) {
    ValueType type = target.table().columns().get(field).values();
    return type instanceof ValueType.Timestamp
        || type instanceof ValueType.Time
        || type instanceof ValueType.Real
        || target.columns().get(field).typeName().equals("bool");
  }
}
