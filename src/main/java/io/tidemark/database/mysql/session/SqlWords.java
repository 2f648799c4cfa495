package io.tidemark.database.mysql.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The words of a statement, as the server takes it apart (MySQL manual, chapter 11; MariaDB
 * documentation, "Comment Syntax"): comments left out, but for those that the server executes;
 * names without their quotes.
 *
 * <p>Where it is not certain how the server reads on, reading ends: {@link #isWhole} is false then,
 * and what the statement does behind its last word is not known. Immutable.
 *
 * @param words in order
 * @param isWhole whether these are all words of the statement
 */
public record SqlWords(List<Word> words, boolean isWhole) {

  /** A definition with thousands of columns or partitions has fewer. */
  private static final int MOST_WORDS = 200_000;

  public SqlWords {
    words = List.copyOf(words);
  }

  /**
   * A word, a name, a literal or a sign.
   *
   * @param text without quotes
   * @param quote the one that it had; 0 if it had none
   */
  public record Word(String text, char quote) {
    /** Whether it had quotes: then it is no keyword. */
    public boolean quoted() {
      return quote != 0;
    }

    /** Whether it is this keyword, in whatever case. */
    public boolean is(String keyword) {
      return !quoted() && text.equalsIgnoreCase(keyword);
    }

    /** Whether it may name something, as signs do not. */
    public boolean isName() {
      return quoted() || (!text.isEmpty() && SqlWords.isName(text.charAt(0)));
    }
  }

  /**
   * What decides how a statement is taken apart.
   *
   * @param mariaDb whether MariaDB executed it, to which {@code /*M!} is no comment
   * @param ansiQuotes whether {@code "} encloses names
   * @param backslashes whether a backslash escapes in a string
   */
  public record Dialect(boolean mariaDb, boolean ansiQuotes, boolean backslashes) {
    /** Of a session with the usual modes. */
    public static final Dialect USUAL = new Dialect(false, false, true);
  }

  /**
   * @param enough first words behind which nothing is read: those of statements that may hold
   *     megabytes of values, each of which would be a word
   */
  public static SqlWords of(String sql, Dialect dialect, Set<String> enough) {
    return new Reader(sql, dialect).read(enough);
  }

  /** All words of a statement that was executed with the usual modes. */
  public static List<Word> of(String sql) {
    return of(sql, Dialect.USUAL, Set.of()).words();
  }

  /** The server takes every character beyond ASCII for a part of a name, white space too. */
  private static boolean isName(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '$'
        || c > 0x7f;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  /** Reads one statement. */
  private static final class Reader {
    private final String sql;
    private final Dialect dialect;
    private final List<Word> words = new ArrayList<>();
    private int at;
    private boolean executedComment;
    private boolean doubtful;

    Reader(String sql, Dialect dialect) {
      this.sql = sql;
      this.dialect = dialect;
    }

    SqlWords read(Set<String> enough) {
      boolean first = false;
      while (at < sql.length() && !doubtful && !first) {
        next();
        doubtful |= words.size() > MOST_WORDS;
        first = words.size() == 1 && enough.stream().anyMatch(words.get(0)::is);
      }
      return new SqlWords(words, !doubtful && !first && !executedComment);
    }

    private void next() {
      char c = sql.charAt(at);
      if (isSpace(c)) {
        at++;
      } else if (sql.startsWith("/*", at)) {
        comment();
      } else if (sql.startsWith("*/", at)) {
        doubtful = !executedComment;
        executedComment = false;
        at += 2;
      } else if (c == '#' || isDashComment()) {
        int end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end + 1;
      } else if (c == '`' || c == '"' || c == '\'') {
        quoted(c);
      } else if (c == '\ufffd' || c == '[' || Character.isISOControl(c)) {
        // Characters that could not be read, and brackets, which enclose names in MariaDB's mode
        // MSSQL.
        doubtful = true;
      } else if (isName(c)) {
        int start = at;
        while (at < sql.length() && isName(sql.charAt(at)) && sql.charAt(at) != '\ufffd') {
          at++;
        }
        words.add(new Word(sql.substring(start, at), (char) 0));
      } else {
        words.add(new Word(String.valueOf(c), (char) 0));
        at++;
      }
    }

    private boolean isDashComment() {
      return sql.startsWith("--", at)
          && (at + 2 == sql.length()
              || isSpace(sql.charAt(at + 2))
              || Character.isISOControl(sql.charAt(at + 2)));
    }

    /**
     * {@code /*!80013 … *}{@code /} and MariaDB's {@code /*M!} are part of the statement. The
     * server logs one that is for another version than its own as an ordinary comment (sql_lex.cc:
     * the exclamation mark is made a space, so that no replica executes it).
     */
    private void comment() {
      boolean executed =
          sql.startsWith("/*!", at) || (dialect.mariaDb() && sql.startsWith("/*M!", at));
      if (!executed) {
        int end = sql.indexOf("*/", at + 2);
        doubtful = end < 0;
        at = end < 0 ? sql.length() : end + 2;
        return;
      }
      doubtful = executedComment;
      executedComment = true;
      at = sql.indexOf('!', at) + 1;
      int digits = at;
      while (digits < sql.length()
          && digits < at + 6
          && sql.charAt(digits) >= '0'
          && sql.charAt(digits) <= '9') {
        digits++;
      }
      // A version has five digits or six; fewer are not one.
      at = digits - at >= 5 ? digits : at;
    }

    private void quoted(char quote) {
      boolean escapes = quote != '`' && dialect.backslashes() && !isNameQuote(quote);
      StringBuilder text = new StringBuilder();
      at++;
      while (at < sql.length()) {
        char c = sql.charAt(at);
        boolean doubled = c == quote && at + 1 < sql.length() && sql.charAt(at + 1) == quote;
        if (c == '\ufffd') {
          doubtful = true;
          return;
        } else if (doubled) {
          at++;
        } else if (c == quote) {
          at++;
          words.add(new Word(text.toString(), quote));
          return;
        } else if (c == '\\' && escapes && at + 1 < sql.length()) {
          at++;
        }
        text.append(sql.charAt(at));
        at++;
      }
      doubtful = true; // it has no end
    }

    private boolean isNameQuote(char quote) {
      return quote == '"' && dialect.ansiQuotes();
    }
  }

  /** The statement on one line and cut short, for messages. */
  public static String shown(String sql) {
    String line = sql.replaceAll("\\s+", " ").strip();
    return line.length() <= 300 ? line : line.substring(0, 300) + "…";
  }
}
