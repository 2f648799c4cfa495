package io.tidemark.database.mysql.snapshot;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.value.TextEncoding;
import io.tidemark.schema.Table;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Tells of rows whose text the server shows with question marks, because it has codes that are no
 * character in Unicode, as those that users define for themselves in GBK or Big5. The log reader
 * refuses such a text; so does a snapshot.
 *
 * <p>In none of these character sets the byte of a question mark is a part of another character, so
 * that there must be as many in the text that is shown as in the bytes that are stored.
 *
 * @param expression for a select list: 1 for such a row, 0 for every other; empty if the table has
 *     no column in such a character set
 */
record LostCharacters(String expression) {

  static LostCharacters of(MySqlQueries queries, Table table) {
    String sets =
        TextEncoding.TABLES.stream().map(Identifiers::literal).collect(Collectors.joining(", "));
    List<String> columns =
        queries.list(
            "asking for the character sets of table " + table.id(),
            "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?"
                + " AND TABLE_NAME = ? AND CHARACTER_SET_NAME IN ("
                + sets
                + ")",
            row -> row.getString(1),
            table.id().schema(),
            table.id().name());
    return new LostCharacters(
        columns.stream()
            .filter(name -> table.columns().stream().anyMatch(one -> one.name().equals(name)))
            .map(LostCharacters::differs)
            .collect(Collectors.joining(" OR ")));
  }

  private static String differs(String column) {
    String name = Identifiers.quote(column);
    return "coalesce("
        + marks("CAST(" + name + " AS BINARY)")
        + " <> "
        + marks("CAST(CONVERT(" + name + " USING utf8mb4) AS BINARY)")
        + ", FALSE)";
  }

  /** How many bytes are those of a question mark. */
  private static String marks(String bytes) {
    return "LENGTH(" + bytes + ") - LENGTH(REPLACE(" + bytes + ", x'3f', x''))";
  }

  boolean isPossible() {
    return !expression.isEmpty();
  }

  /** What the end of the stream is told by. */
  static DatabaseException failure(Table table) {
    return new DatabaseException(
        Kind.FATAL,
        "source: table "
            + table.id()
            + " has a text with a code that its character set has no character for in Unicode (one"
            + " that somebody has defined for himself), which would be a question mark at the"
            + " target. Correct the text, leave the column out (source.columns), or make it a"
            + " binary one");
  }
}
