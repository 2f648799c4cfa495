package io.tidemark.database.mysql.rows;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.ValueBytes;
import io.tidemark.database.mysql.value.JsonBinary;
import io.tidemark.database.mysql.value.JsonDiff;
import io.tidemark.schema.Table;
import java.util.HashMap;
import java.util.Map;

/**
 * The JSON columns of one updated row: the documents before, and the new ones, of which the log may
 * have only the differences ({@code binlog_row_value_options = PARTIAL_JSON}). Used once.
 */
final class PartialJson implements RowLayout.JsonDifference {

  private final Table table;
  private final Map<Integer, EventBytes> documents = new HashMap<>();
  private final Map<Integer, Boolean> partial = new HashMap<>();

  PartialJson(Table table) {
    this.table = table;
  }

  /** From here on what is read is the image after the update. */
  void begin(RowLayout layout, boolean[] bits) {
    int next = 0;
    for (int place = 0; place < layout.size(); place++) {
      if (layout.isJson(place)) {
        partial.put(place, bits[next++]);
      }
    }
  }

  @Override
  public boolean isPartial(int place) {
    return partial.getOrDefault(place, false);
  }

  @Override
  public void whole(int place, EventBytes document) {
    documents.put(
        place, new EventBytes(document.array(), document.position(), document.remaining()));
  }

  @Override
  public void write(int place, EventBytes difference, ValueBytes out) {
    EventBytes before = documents.get(place);
    if (before == null) {
      throw new DatabaseException(
          Kind.FATAL,
          "the log holds of a JSON column of table "
              + table.id()
              + " only what an update changed, and not the value before. Set binlog_row_image = FULL"
              + " or binlog_row_value_options = '' at the source, drop the stream with ./tidemark"
              + " drop and copy again");
    }
    JsonDiff.apply(JsonBinary.parse(before), difference).print(out);
  }
}
