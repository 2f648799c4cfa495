package io.tidemark.database.postgres.snapshot;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.SqlAscii;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the value that the server could not send as UTF-8, which it does not name. */
final class UnreadableText {

  private static final int ROWS_AT_ONCE = 1;

  private UnreadableText() {}

  /**
   * The first row of a range whose text is not UTF-8, as the refusal to copy it. To be called
   * within the snapshot's transaction; what it opens there goes with the savepoint.
   *
   * @param from the table, as in a FROM clause
   * @param where a condition
   */
  static Optional<DatabaseException> find(
      PostgresQueries queries, Table table, String from, String where) {
    String values =
        table.columns().stream()
            .map(
                column ->
                    "pg_catalog.convert_to("
                        + Identifiers.quote(column.name())
                        + "::text, 'SQL_ASCII')")
            .collect(Collectors.joining(", "));
    String suspicious =
        table.columns().stream()
            .map(column -> Identifiers.quote(column.name()) + "::text ~ '[^\\x01-\\x7f]'")
            .collect(Collectors.joining(" OR "));
    String what = "looking for the text of table " + table.id() + " that is not UTF-8";
    queries.execute(
        what,
        "DECLARE tidemark_text NO SCROLL CURSOR FOR SELECT "
            + values
            + " FROM "
            + from
            + " WHERE "
            + where
            + " AND ("
            + suspicious
            + ")");
    while (true) {
      List<Optional<DatabaseException>> rows =
          queries.list(
              what,
              "FETCH " + ROWS_AT_ONCE + " FROM tidemark_text",
              row -> {
                List<byte[]> fields = new ArrayList<>();
                for (int i = 1; i <= table.columns().size(); i++) {
                  byte[] field = row.getBytes(i);
                  fields.add(field == null ? new byte[0] : field);
                }
                return refusal(table, fields);
              });
      Optional<DatabaseException> found = rows.stream().flatMap(Optional::stream).findFirst();
      if (found.isPresent() || rows.isEmpty()) {
        return found;
      }
    }
  }

  private static Optional<DatabaseException> refusal(Table table, List<byte[]> fields) {
    List<Column> columns = table.columns();
    for (int i = 0; i < columns.size(); i++) {
      if (!isText(fields.get(i))) {
        return Optional.of(
            SqlAscii.refusal(table.id(), key(table, fields), columns.get(i).name(), false));
      }
    }
    return Optional.empty();
  }

  private static boolean isText(byte[] bytes) {
    return SqlAscii.isText(bytes, 0, bytes.length);
  }

  private static String key(Table table, List<byte[]> fields) {
    List<String> names = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (int index : table.keyIndexes()) {
      if (!isText(fields.get(index))) {
        return "";
      }
      names.add(table.columns().get(index).name());
      values.add(new String(fields.get(index), StandardCharsets.UTF_8));
    }
    return names.isEmpty()
        ? ""
        : "(" + String.join(", ", names) + ") = (" + String.join(", ", values) + ")";
  }
}
