package io.tidemark.database.mysql.log;

import io.tidemark.database.mysql.session.SqlWords.Word;
import java.util.List;
import java.util.Set;

/**
 * Tells statements that change rows of the server's own database and cannot reach another one.
 * Managed servers log such statements, as of their heartbeat, whatever {@code binlog_format} is.
 * Tables of that database have no triggers (error 1465).
 */
final class SystemRows {

  private static final String SYSTEM = "mysql";

  /** What may stand before an opening parenthesis, where nothing else may: a function might. */
  private static final Set<String> BEFORE_PARENTHESES = Set.of("VALUES", "VALUE", "IN", ",");

  private SystemRows() {}

  /** Whether that is all that the statement does. */
  static boolean areAll(StatementCursor cursor) {
    boolean inserts = cursor.take("INSERT");
    if (inserts) {
      cursor.take("IGNORE");
      cursor.take("INTO");
    } else if (cursor.take("DELETE")) {
      cursor.require("FROM");
    } else {
      cursor.require("UPDATE");
    }
    String database = cursor.table().schema();
    if (inserts) {
      if (cursor.word().is("(")) {
        cursor.parentheses();
      }
      if (!isNext(cursor, "VALUES") && !isNext(cursor, "VALUE") && !isNext(cursor, "SET")) {
        cursor.lose(); // a query
      }
    } else if (!isNext(cursor, "SET") && !isNext(cursor, "WHERE") && !cursor.isAtEnd()) {
      cursor.lose(); // several tables
    }
    List<Word> rest = cursor.rest();
    return cursor.isUnderstood()
        && database.equals(SYSTEM)
        && !isQuery(rest)
        && !callsAnything(rest);
  }

  private static boolean isNext(StatementCursor cursor, String keyword) {
    return cursor.word().is(keyword);
  }

  private static boolean isQuery(List<Word> words) {
    return words.stream()
        .anyMatch(word -> word.is("SELECT") || word.is("TABLE") || word.is("WITH"));
  }

  private static boolean callsAnything(List<Word> words) {
    for (int i = 1; i < words.size(); i++) {
      boolean mayCall =
          words.get(i).is("(") && BEFORE_PARENTHESES.stream().noneMatch(words.get(i - 1)::is);
      if (mayCall) {
        return true;
      }
    }
    return false;
  }
}
