package io.tidemark.database.postgres.write;

import io.tidemark.change.Row;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A statement's parameters, in order: one array per field, with that field of every row. */
public record ParameterArrays(List<TextArray> arrays) {

  /**
   * @param rows at least one
   * @param fields present in each of them
   */
  public static ParameterArrays of(List<Row> rows, int[] fields) {
    List<TextArray> arrays = new ArrayList<>(fields.length);
    for (int field : fields) {
      arrays.add(new TextArray(rows, field));
    }
    return new ParameterArrays(arrays);
  }

  ParameterArrays and(ParameterArrays more) {
    List<TextArray> all = new ArrayList<>(arrays);
    all.addAll(more.arrays);
    return new ParameterArrays(all);
  }

  /** Makes the bytes that {@link #bind} would have made otherwise. */
  public ParameterArrays encoded() {
    arrays.forEach(TextArray::encode);
    return this;
  }

  void bind(PreparedStatement statement) throws SQLException {
    for (int i = 0; i < arrays.size(); i++) {
      statement.setObject(i + 1, arrays.get(i));
    }
  }
}
