package io.tidemark.database.mysql.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.rows.LoggedTable;
import io.tidemark.database.mysql.session.SqlWords;
import io.tidemark.database.mysql.wire.LoggedQuery;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.SchemaChanges;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Judges statements in the log that change more than rows, or rows without showing them. A stream
 * goes on only behind what is known to leave the copied rows as they are.
 */
final class LoggedChanges {

  private static final String COPY_AGAIN = "Drop the stream with ./tidemark drop and copy again";

  /** Where it is about one table. */
  private static final String ALONE =
      "; or take the table out of source.tables for one start, which goes on without it, and in"
          + " again for the next, which copies it alone (empty it at the target before)";

  private final Collection<LoggedTable> tables;
  private final SchemaChanges schemaChanges;
  private final LogRules rules;

  LoggedChanges(Collection<LoggedTable> tables, SchemaChanges schemaChanges, LogRules rules) {
    this.tables = List.copyOf(tables);
    this.schemaChanges = schemaChanges;
    this.rules = rules;
  }

  /** The stream's tables that it is about. */
  private List<Table> affected(LoggedStatement statement) {
    return tables.stream()
        .map(LoggedTable::table)
        .filter(table -> statement.isAbout(table.id(), rules.anyCase()))
        .toList();
  }

  /**
   * The stream's tables that it empties.
   *
   * @param ofSession whether it may be about a temporary table, which takes the name of another one
   *     within its session
   * @throws DatabaseException fatal, if that cannot be told
   */
  List<Table> truncated(
      LoggedStatement statement, LoggedQuery query, boolean ofSession, BinlogPosition after) {
    List<Table> truncated = affected(statement);
    if (ofSession && !truncated.isEmpty()) {
      throw stopped(
          truncated.get(0),
          query,
          after,
          "The session has a temporary table, and with another binlog_format than ROW it cannot be"
              + " told which of the two was emptied. Set binlog_format = ROW for all sessions. "
              + COPY_AGAIN);
    }
    return truncated;
  }

  /**
   * @throws DatabaseException fatal, if the stream cannot go on behind it
   */
  void require(LoggedStatement statement, LoggedQuery query, BinlogPosition after) {
    switch (statement.kind()) {
      case ROWS -> throw rows(statement.verb(), query.schema(), after);
      case UNKNOWN ->
          throw new DatabaseException(
              Kind.FATAL,
              "the source's log holds a statement that Tidemark does not know"
                  + place(statement.verb(), query.schema(), after)
                  + ". Whether it changes rows of a copied table cannot be told. If it does not, drop"
                  + " the stream with ./tidemark drop and copy again, and run such statements with"
                  + " SET SESSION sql_log_bin = 0 from then on");
      case UNCLEAR -> {
        for (LoggedTable table : tables) {
          if (mayName(statement, query.sql(), table.table().id())) {
            throw stopped(
                table.table(),
                query,
                after,
                "The statement is not one of those that are known to leave its rows as they are. "
                    + COPY_AGAIN);
          }
        }
      }
      case HIDDEN_ROWS, DROP_DATABASE -> refuseHidden(affected(statement), query, after);
      case ALTER -> {
        for (LoggedTable table : tables) {
          if (statement.alters(table.table().id(), rules.anyCase())) {
            requireSameRows(table, statement.alteration(), query, after);
          } else if (statement.isAbout(table.table().id(), rules.anyCase())) {
            refuseHidden(List.of(table.table()), query, after);
          }
        }
      }
      default -> {
        // The frame of a transaction, or harmless.
      }
    }
  }

  private void requireSameRows(
      LoggedTable table, Alteration alteration, LoggedQuery query, BinlogPosition after) {
    Optional<String> unlogged = alteration.cascades() ? rules.unloggedCascades() : Optional.empty();
    if (unlogged.isPresent()) {
      throw stopped(
          table.table(),
          query,
          after,
          "By the foreign key, rows of the table are changed along with others, and "
              + unlogged.get()
              + ". Drop the key, and add it with ON DELETE RESTRICT ON UPDATE RESTRICT if it is"
              + " needed. "
              + COPY_AGAIN);
    }
    if (alteration.moves()) {
      refuseHidden(List.of(table.table()), query, after);
    }
    if (alteration.key() || alteration.indexes().contains(lower(table.keyIndex()))) {
      throw stopped(
          table.table(),
          query,
          after,
          "It changes the key that tells the table's rows apart. Make the same change at the target. "
              + COPY_AGAIN);
    }
    boolean changesColumns = alteration.everyColumn() || !alteration.columns().isEmpty();
    if (!changesColumns) {
      return;
    }
    if (schemaChanges == SchemaChanges.STOP) {
      throw stopped(
          table.table(),
          query,
          after,
          "Make the same change at the target. "
              + COPY_AGAIN
              + ", or set source.schema-changes: ignore, which goes on where no copied column is"
              + " touched");
    }
    Optional<String> computed = alteration.columns().stream().filter(table::computes).findFirst();
    if (computed.isPresent()) {
      throw stopped(
          table.table(),
          query,
          after,
          "Column "
              + computed.get()
              + " is generated: the target goes on computing it as before. Make the same change at"
              + " the target. "
              + COPY_AGAIN);
    }
    Optional<String> copied =
        alteration.columns().stream().filter(name -> table.copies(name)).findFirst();
    if (alteration.everyColumn() || copied.isPresent()) {
      throw stopped(
          table.table(),
          query,
          after,
          copied
                  .map(name -> "Column " + name + " is copied. ")
                  .orElse("Copied columns are changed. ")
              + "Make the same change at the target. "
              + COPY_AGAIN);
    }
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static void refuseHidden(List<Table> affected, LoggedQuery query, BinlogPosition after) {
    if (!affected.isEmpty()) {
      throw stopped(
          affected.get(0),
          query,
          after,
          "It removes, adds or replaces rows that the log does not show. " + COPY_AGAIN);
    }
  }

  /**
   * Whether a statement that is not understood may be about a table, whatever its words mean: their
   * letters are there, at least, where they are in ASCII.
   */
  private static boolean mayName(LoggedStatement statement, String sql, TableId id) {
    String name = lower(statement.isOfDatabase() ? id.schema() : id.name());
    boolean plain = name.chars().allMatch(c -> c < 0x80 && c != '`' && c != '"');
    if (!plain || sql.contains("#mysql50#")) {
      return true;
    }
    String text = lower(sql);
    int at = text.indexOf(name);
    while (at >= 0) {
      int end = at + name.length();
      boolean within =
          (at > 0 && isPlainName(text.charAt(at - 1)))
              || (end < text.length() && isPlainName(text.charAt(end)));
      if (!within) {
        return true;
      }
      at = text.indexOf(name, at + 1);
    }
    return false;
  }

  private static boolean isPlainName(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
  }

  private static DatabaseException stopped(
      Table table, LoggedQuery query, BinlogPosition after, String advice) {
    return new DatabaseException(
        Kind.FATAL,
        "table "
            + table.id()
            + " was changed at the source, after "
            + after.print()
            + ", by: "
            + SqlWords.shown(query.sql())
            + ". Changes of a table's definition are not copied. "
            + advice
            + ALONE);
  }

  /**
   * A statement stands in the log instead of the rows that it changed. Which tables it reached,
   * through triggers and functions too, cannot be told from its text.
   *
   * @param verb its keywords, as its values are nobody's business
   */
  static DatabaseException rows(String verb, String schema, BinlogPosition after) {
    return new DatabaseException(
        Kind.FATAL,
        "the source's log holds a statement"
            + place(verb, schema, after)
            + " instead of the rows that it changed, because the session had another binlog_format"
            + " than ROW. Set binlog_format = ROW for all sessions, drop the stream with ./tidemark"
            + " drop and copy again");
  }

  private static String place(String verb, String schema, BinlogPosition after) {
    return " ("
        + verb
        + " …"
        + (schema.isEmpty() ? "" : ", in database " + schema)
        + ", after "
        + after.print()
        + ")";
  }
}
