package io.tidemark.database.mysql.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The words of a statement, as far as it takes to see what it is about (MySQL manual, chapter 11):
 * comments left out, but for those that the server executes; names without their quotes.
 */
public final class SqlWords {

  /**
   * A word, a name, a literal or a sign.
   *
   * @param text without quotes
   * @param quoted whether it had them: then it is no keyword
   */
  public record Word(String text, boolean quoted) {
    /** Whether it is this keyword, in whatever case. */
    public boolean is(String keyword) {
      return !quoted && text.equalsIgnoreCase(keyword);
    }
  }

  private final String sql;
  private final List<Word> words = new ArrayList<>();
  private int at;

  private SqlWords(String sql) {
    this.sql = sql;
  }

  /** All words of a statement, in order. */
  public static List<Word> of(String sql) {
    return of(sql, Set.of());
  }

  /**
   * @param enough first words behind which nothing is read: those of statements that may hold
   *     megabytes of values, each of which would be a word
   */
  public static List<Word> of(String sql, Set<String> enough) {
    SqlWords reader = new SqlWords(sql);
    while (reader.at < sql.length() && !reader.isFirst(enough)) {
      reader.next();
    }
    return List.copyOf(reader.words);
  }

  private boolean isFirst(Set<String> enough) {
    return words.size() == 1 && enough.stream().anyMatch(words.get(0)::is);
  }

  private void next() {
    char c = sql.charAt(at);
    if (Character.isWhitespace(c) || c == '\0') {
      at++;
    } else if (sql.startsWith("/*", at)) {
      comment();
    } else if (sql.startsWith("*/", at)) {
      at += 2; // the end of a comment that the server executes
    } else if (c == '#' || isDashComment()) {
      int end = sql.indexOf('\n', at);
      at = end < 0 ? sql.length() : end + 1;
    } else if (c == '`' || c == '"' || c == '\'') {
      quoted(c);
    } else if (Character.isLetterOrDigit(c) || c == '_' || c == '$' || c > 0x7f) {
      int start = at;
      while (at < sql.length() && isName(sql.charAt(at))) {
        at++;
      }
      words.add(new Word(sql.substring(start, at), false));
    } else {
      words.add(new Word(String.valueOf(c), false));
      at++;
    }
  }

  private static boolean isName(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c > 0x7f;
  }

  private boolean isDashComment() {
    return sql.startsWith("--", at)
        && (at + 2 == sql.length() || Character.isWhitespace(sql.charAt(at + 2)));
  }

  /** {@code /*!80013 … *}{@code /} and MariaDB's {@code /*M!} are part of the statement. */
  private void comment() {
    boolean executed = sql.startsWith("/*!", at) || sql.startsWith("/*M!", at);
    if (!executed) {
      int end = sql.indexOf("*/", at + 2);
      at = end < 0 ? sql.length() : end + 2;
      return;
    }
    at = sql.indexOf('!', at) + 1;
    while (at < sql.length() && Character.isDigit(sql.charAt(at))) {
      at++;
    }
  }

  private void quoted(char quote) {
    StringBuilder text = new StringBuilder();
    at++;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      boolean doubled = c == quote && at + 1 < sql.length() && sql.charAt(at + 1) == quote;
      if (doubled) {
        at++;
      } else if (c == quote) {
        at++;
        break;
      } else if (c == '\\' && quote != '`' && at + 1 < sql.length()) {
        at++;
      }
      text.append(sql.charAt(at));
      at++;
    }
    words.add(new Word(text.toString(), true));
  }

  /** The statement on one line and cut short, for messages. */
  public static String shown(String sql) {
    String line = sql.replaceAll("\\s+", " ").strip();
    return line.length() <= 300 ? line : line.substring(0, 300) + "…";
  }
}
