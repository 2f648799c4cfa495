package io.tidemark.database.postgres.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.postgres.log.PgOutputMessage.Tuple;
import io.tidemark.database.postgres.session.SqlAscii;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Looks after the text in rows of a log whose server does not know what its bytes mean. */
final class LoggedText {

  private LoggedText() {}

  /**
   * @throws DatabaseException fatal, if a value of a copied column is not UTF-8
   */
  static void require(RelationLayout layout, Tuple tuple) {
    List<Column> columns = layout.table().columns();
    for (int field = 0; field < columns.size(); field++) {
      int place = layout.place(field);
      if (place < tuple.size() && !isText(tuple, place)) {
        throw SqlAscii.refusal(
            layout.table().id(), key(layout, tuple), columns.get(field).name(), true);
      }
    }
  }

  private static boolean isText(Tuple tuple, int place) {
    return tuple.isNull(place)
        || tuple.isUnchanged(place)
        || SqlAscii.isText(tuple.array(), tuple.offset(place), tuple.length(place));
  }

  private static String key(RelationLayout layout, Tuple tuple) {
    Table table = layout.table();
    List<String> names = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (int index : table.keyIndexes()) {
      int place = layout.place(index);
      if (tuple.isNull(place) || tuple.isUnchanged(place) || !isText(tuple, place)) {
        return "";
      }
      names.add(table.columns().get(index).name());
      values.add(
          new String(
              tuple.array(), tuple.offset(place), tuple.length(place), StandardCharsets.UTF_8));
    }
    return names.isEmpty()
        ? ""
        : "(" + String.join(", ", names) + ") = (" + String.join(", ", values) + ")";
  }
}
