package io.tidemark.database.mysql.log;

import io.tidemark.database.mysql.session.SqlWords;
import io.tidemark.database.mysql.session.SqlWords.Word;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.List;

/**
 * Goes through the words of a statement. What is not found where it has to be makes the cursor
 * lost: then the statement is not understood, however it goes on. Used by one thread.
 */
final class StatementCursor {

  /** MariaDB takes a name with this in front for that of a file (identifiers, "#mysql50#"). */
  private static final String FILE_NAME = "#mysql50#";

  private static final Word NONE = new Word("", (char) 0);

  private final String schema;
  private final List<Word> words;
  private final boolean whole;
  private int at;
  private boolean lost;

  /**
   * @param schema the default database of the session that executed the statement
   */
  StatementCursor(String schema, SqlWords words) {
    this.schema = schema;
    this.words = words.words();
    this.whole = words.isWhole();
  }

  /** The next word; an empty one at the end. */
  Word word() {
    return word(0);
  }

  /** The word that many places behind the next one. */
  Word word(int offset) {
    return at + offset < words.size() ? words.get(at + offset) : NONE;
  }

  /** Whether these keywords come next; if so, they are passed. */
  boolean take(String... keywords) {
    for (int i = 0; i < keywords.length; i++) {
      if (!word(i).is(keywords[i])) {
        return false;
      }
    }
    at += keywords.length;
    return true;
  }

  /** Whether one of these keywords comes next; if so, it is passed. */
  boolean takeAny(String... keywords) {
    for (String keyword : keywords) {
      if (take(keyword)) {
        return true;
      }
    }
    return false;
  }

  /** Passes these keywords, which have to come next. */
  void require(String... keywords) {
    lost |= !take(keywords);
  }

  /** Passes one of these keywords, which has to come next. */
  void requireAny(String... keywords) {
    lost |= !takeAny(keywords);
  }

  /** Passes one word, which has to be there and be no sign. */
  String name() {
    Word word = word();
    lost |= !word.isName();
    at += word == NONE ? 0 : 1;
    return word.text();
  }

  /** A table's name, which has to come next. */
  TableId table() {
    take("."); // from clients that always write the point
    String first = name();
    boolean qualified = take(".");
    TableId id = qualified ? named(first, name()) : named(schema.isEmpty() ? "?" : schema, first);
    lost |= word().is(".") || id.name().startsWith(FILE_NAME) || id.schema().startsWith(FILE_NAME);
    return id;
  }

  private static TableId named(String schema, String name) {
    return new TableId(schema.isEmpty() ? "?" : schema, name.isEmpty() ? "?" : name);
  }

  /** Tables' names with commas between them. */
  List<TableId> tables() {
    List<TableId> names = new ArrayList<>();
    do {
      names.add(table());
    } while (take(","));
    return names;
  }

  /** Passes what is in parentheses, which has to come next, with all that it encloses. */
  void parentheses() {
    require("(");
    int depth = 1;
    while (depth > 0 && at < words.size()) {
      depth += word().is("(") ? 1 : word().is(")") ? -1 : 0;
      at++;
    }
    lost |= depth > 0;
  }

  /**
   * Passes everything up to a comma that is in no parentheses, or up to the end of the parentheses
   * that it is in; all that it passes.
   */
  List<Word> clause() {
    int start = at;
    int depth = 0;
    while (at < words.size() && !(depth == 0 && (word().is(",") || word().is(")")))) {
      depth += word().is("(") ? 1 : word().is(")") ? -1 : 0;
      at++;
    }
    lost |= depth != 0;
    return words.subList(start, at);
  }

  /** Passes the rest; all that it passes. */
  List<Word> rest() {
    int start = at;
    at = words.size();
    return words.subList(start, at);
  }

  /** The statement does something here that is not known. */
  void lose() {
    lost = true;
  }

  /** Whether every word has been passed, and no word is missing. */
  boolean isAtEnd() {
    return whole && at == words.size();
  }

  /** Whether the statement is not understood. */
  boolean isLost() {
    return lost;
  }

  /** Whether the statement is understood to its end. */
  boolean isUnderstood() {
    return !lost && isAtEnd();
  }
}
