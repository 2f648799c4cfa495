package io.tidemark.database.mysql.write;

import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.database.mysql.key.SelectedFields;
import io.tidemark.database.mysql.session.ByteText;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.ValueType;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads fields of a row at the target back into the portable encoding in which they came. */
final class StoredFields {

  private final Connection connection;
  private final TargetTable target;
  private final TableSql sql;

  StoredFields(Connection connection, TargetTable target, TableSql sql) {
    this.connection = connection;
    this.target = target;
    this.sql = sql;
  }

  /** Empty if a field is here in a form that does not tell how it came. */
  Optional<Row> read(Row named, int[] fields) throws SQLException {
    List<Column> columns =
        Arrays.stream(fields).mapToObj(f -> target.fields().get(f).column().column()).toList();
    SelectedFields selected =
        new SelectedFields(new Table(target.table().id(), columns, Optional.empty()));
    ByteText query = new ByteText();
    sql.select(selected.selectList(), named, query);
    PortableRows.Encoder encoder = new PortableRows.Encoder();
    encoder.begin();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query.text())) {
      if (!rows.next()) {
        throw TargetFailure.missing(target, "update", 0, 1, List.of(named));
      }
      for (int i = 0; i < fields.length; i++) {
        byte[] bytes = rows.getBytes(i + 1);
        if (bytes == null) {
          encoder.nullValue();
        } else {
          selected.add(i, bytes, 0, bytes.length, encoder);
        }
      }
    } catch (java.nio.charset.CharacterCodingException e) {
      return Optional.empty();
    }
    encoder.end();
    byte[] bytes = encoder.take();
    PortableRows.Decoder decoder = new PortableRows.Decoder(fields.length);
    decoder.add(bytes, bytes.length);
    return asItCame(decoder.next().orElseThrow(), columns, named.size(), fields);
  }

  private Optional<Row> asItCame(Row read, List<Column> columns, int size, int[] fields) {
    Row.Builder row = Row.builder(read.array(), size);
    for (int i = 0; i < fields.length; i++) {
      if (read.isNull(i)) {
        row.setNull(fields[i]);
        continue;
      }
      ValueType came = target.table().columns().get(fields[i]).values();
      int length = read.length(i);
      int cut = moreDigits(came, columns.get(i).values());
      if (cut < 0 || came.isRaw() != columns.get(i).values().isRaw()) {
        return Optional.empty();
      }
      row.setValue(fields[i], read.offset(i), length - cut);
    }
    Row whole = row.build();
    return target.problem(whole).isEmpty() ? Optional.of(whole) : Optional.empty();
  }

  /** How many digits of a second, zeros all, are here more than came; with the point. */
  private static int moreDigits(ValueType came, ValueType here) {
    if (came instanceof ValueType.Timestamp from && here instanceof ValueType.Timestamp to) {
      return more(from.digits(), to.digits());
    }
    return came instanceof ValueType.Time from && here instanceof ValueType.Time to
        ? more(from.digits(), to.digits())
        : 0;
  }

  private static int more(int came, int here) {
    return came == 0 && here > 0 ? here + 1 : here - came;
  }
}
