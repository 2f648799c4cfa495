package io.tidemark.database.mysql.log;

import io.tidemark.database.mysql.session.SqlWords;
import io.tidemark.database.mysql.session.SqlWords.Word;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A statement that the log holds as text: the frame of a transaction, or something that changed
 * more than rows. Understood as far as it takes to know which tables it is about.
 *
 * @param kind what it is
 * @param tables those that it is about, as it names them; of {@code DROP DATABASE} none
 * @param database the database that it drops or alters; empty otherwise
 */
record LoggedStatement(Kind kind, List<TableId> tables, String database) {

  /** What a statement is. */
  enum Kind {
    BEGIN,
    COMMIT,
    ROLLBACK,
    SAVEPOINT,
    ROLLBACK_TO_SAVEPOINT,
    XA_START,
    XA_END,
    XA_COMMIT,
    XA_ROLLBACK,
    /** {@code CREATE TABLE … START TRANSACTION}: rows and a commit follow (MySQL 8.0.21). */
    CREATE_AND_FILL,
    TRUNCATE,
    /** Changes columns of its tables. */
    DEFINITION,
    /** Takes rows away, or puts some in, that the log does not show; drops or renames a table. */
    HIDDEN_ROWS,
    /** {@code DROP DATABASE}. */
    DROP_DATABASE,
    /** Changes rows, in a log that should have the rows themselves. */
    ROWS,
    /** Cannot matter: users, routines, indexes, views, statistics. */
    OTHER
  }

  static final Set<String> ROW_STATEMENTS =
      Set.of("INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH", "CALL", "VALUES", "DO", "(");

  /** What an ALTER TABLE may do without any meaning for the rows. */
  private static final Set<String> HARMLESS_ACTIONS =
      Set.of(
          "COMMENT",
          "AUTO_INCREMENT",
          "ALGORITHM",
          "LOCK",
          "FORCE",
          "ENABLE",
          "DISABLE",
          "ROW_FORMAT",
          "KEY_BLOCK_SIZE",
          "STATS_PERSISTENT",
          "STATS_AUTO_RECALC",
          "STATS_SAMPLE_PAGES",
          "COMPRESSION",
          "ENCRYPTION",
          "AUTOEXTEND_SIZE",
          "ORDER");

  private static final Set<String> INDEX_WORDS =
      Set.of("INDEX", "KEY", "FULLTEXT", "SPATIAL", "UNIQUE", "CONSTRAINT", "FOREIGN", "CHECK");

  private static final Set<String> HIDING_ACTIONS = Set.of("EXCHANGE", "TRUNCATE", "DISCARD");

  LoggedStatement {
    tables = List.copyOf(tables);
  }

  /**
   * @param schema the default database of the session that executed it
   */
  static LoggedStatement parse(String schema, String sql) {
    return new Reader(schema, SqlWords.of(sql, ROW_STATEMENTS)).read();
  }

  /** Reads one statement. */
  private static final class Reader {
    private final String schema;
    private final List<Word> words;
    private int at;

    Reader(String schema, List<Word> words) {
      this.schema = schema;
      this.words = words;
    }

    private Word word(int index) {
      return index < words.size() ? words.get(index) : new Word("", false);
    }

    private boolean take(String... keywords) {
      for (int i = 0; i < keywords.length; i++) {
        if (!word(at + i).is(keywords[i])) {
          return false;
        }
      }
      at += keywords.length;
      return true;
    }

    private LoggedStatement of(Kind kind) {
      return new LoggedStatement(kind, List.of(), "");
    }

    private LoggedStatement of(Kind kind, List<TableId> tables) {
      return new LoggedStatement(kind, tables, "");
    }

    LoggedStatement read() {
      skipSet();
      if (take("BEGIN") || take("START", "TRANSACTION")) {
        return of(Kind.BEGIN);
      }
      if (take("COMMIT")) {
        return of(Kind.COMMIT);
      }
      if (take("ROLLBACK")) {
        return of(take("TO") ? Kind.ROLLBACK_TO_SAVEPOINT : Kind.ROLLBACK);
      }
      if (take("SAVEPOINT") || take("RELEASE")) {
        return of(Kind.SAVEPOINT);
      }
      if (take("XA")) {
        return xa();
      }
      if (take("TRUNCATE")) {
        take("TABLE");
        return of(Kind.TRUNCATE, names());
      }
      if (ROW_STATEMENTS.stream().anyMatch(keyword -> word(at).is(keyword))) {
        return of(Kind.ROWS);
      }
      return definition();
    }

    /** MariaDB's {@code SET STATEMENT … FOR} stands before the statement itself. */
    private void skipSet() {
      if (word(at).is("SET") && word(at + 1).is("STATEMENT")) {
        while (at < words.size() && !take("FOR")) {
          at++;
        }
      }
    }

    private LoggedStatement xa() {
      if (take("START") || take("BEGIN")) {
        return of(Kind.XA_START);
      }
      if (take("COMMIT")) {
        return of(Kind.XA_COMMIT);
      }
      if (take("ROLLBACK")) {
        return of(Kind.XA_ROLLBACK);
      }
      return of(Kind.XA_END);
    }

    private LoggedStatement definition() {
      if (take("ALTER")) {
        return alter();
      }
      if (take("RENAME", "TABLE") || take("RENAME", "TABLES")) {
        return of(Kind.HIDDEN_ROWS, renamed());
      }
      if (take("DROP")) {
        return drop();
      }
      return take("CREATE") ? create() : of(Kind.OTHER);
    }

    private LoggedStatement drop() {
      if (take("DATABASE") || take("SCHEMA")) {
        take("IF", "EXISTS");
        return new LoggedStatement(Kind.DROP_DATABASE, List.of(), word(at).text());
      }
      if (take("TABLE") || take("TABLES")) {
        take("IF", "EXISTS");
        return of(Kind.HIDDEN_ROWS, names());
      }
      return of(Kind.OTHER); // temporary tables, indexes, views, routines, users
    }

    private LoggedStatement create() {
      boolean replaces = take("OR", "REPLACE");
      if (!take("TABLE")) {
        return of(Kind.OTHER);
      }
      take("IF", "NOT", "EXISTS");
      List<TableId> table = List.of(name());
      int end = words.size();
      boolean filled = word(end - 2).is("START") && word(end - 1).is("TRANSACTION");
      if (filled) {
        return of(Kind.CREATE_AND_FILL, table);
      }
      // Otherwise the table was not there before, or IF NOT EXISTS left it as it was.
      return of(replaces ? Kind.HIDDEN_ROWS : Kind.OTHER, table);
    }

    private LoggedStatement alter() {
      take("ONLINE");
      take("IGNORE");
      if (!take("TABLE")) {
        return of(Kind.OTHER);
      }
      take("IF", "EXISTS");
      List<TableId> tables = new ArrayList<>();
      tables.add(name());
      boolean harmless = true;
      boolean hides = false;
      for (List<Word> action : actions()) {
        harmless &= isHarmless(action);
        hides |= hidesRows(action);
        hides |= addRenamed(action, tables);
      }
      if (hides) {
        return of(Kind.HIDDEN_ROWS, tables);
      }
      return of(harmless ? Kind.OTHER : Kind.DEFINITION, tables);
    }

    /** What is between the commas that are in no parentheses. */
    private List<List<Word>> actions() {
      List<List<Word>> actions = new ArrayList<>();
      List<Word> action = new ArrayList<>();
      int depth = 0;
      for (; at < words.size(); at++) {
        Word word = words.get(at);
        depth += word.is("(") ? 1 : word.is(")") ? -1 : 0;
        if (depth == 0 && word.is(",")) {
          actions.add(action);
          action = new ArrayList<>();
        } else {
          action.add(word);
        }
      }
      actions.add(action);
      return actions;
    }

    private static boolean isHarmless(List<Word> action) {
      if (action.isEmpty() || action.get(0).quoted()) {
        return false;
      }
      String first = upper(action.get(0));
      String second = action.size() > 1 && !action.get(1).quoted() ? upper(action.get(1)) : "";
      return switch (first) {
        case "ADD", "DROP" -> INDEX_WORDS.contains(second);
        case "RENAME", "ALTER" -> second.equals("INDEX") || second.equals("KEY");
        default -> HARMLESS_ACTIONS.contains(first);
      };
    }

    private static boolean hidesRows(List<Word> action) {
      if (action.isEmpty() || action.get(0).quoted()) {
        return false;
      }
      boolean partition =
          action.size() > 1 && (action.get(1).is("PARTITION") || action.get(1).is("TABLESPACE"));
      return (HIDING_ACTIONS.contains(upper(action.get(0))) || action.get(0).is("DROP"))
          && partition;
    }

    /** Whether the table has another name from then on. */
    private boolean addRenamed(List<Word> action, List<TableId> tables) {
      if (action.size() > 1 && action.get(0).is("RENAME")) {
        List<Word> rest = new ArrayList<>(action.subList(1, action.size()));
        if (rest.get(0).is("TO") || rest.get(0).is("AS") || rest.get(0).is("=")) {
          rest.remove(0);
        }
        boolean part =
            rest.isEmpty()
                || rest.get(0).is("INDEX")
                || rest.get(0).is("KEY")
                || rest.get(0).is("COLUMN");
        if (!part) {
          tables.add(new Reader(schema, rest).name());
        }
        return !part;
      }
      return false;
    }

    private static String upper(Word word) {
      return word.text().toUpperCase(java.util.Locale.ROOT);
    }

    private TableId name() {
      String first = word(at).text();
      at++;
      if (!first.isEmpty() && word(at).is(".")) {
        String second = word(at + 1).text();
        at += 2;
        return new TableId(first, second.isEmpty() ? "?" : second);
      }
      return new TableId(schema.isEmpty() ? "?" : schema, first.isEmpty() ? "?" : first);
    }

    private List<TableId> names() {
      List<TableId> names = new ArrayList<>();
      do {
        names.add(name());
      } while (take(","));
      return names;
    }

    private List<TableId> renamed() {
      take("IF", "EXISTS");
      List<TableId> names = new ArrayList<>();
      do {
        names.add(name());
        while (at < words.size() && !take("TO")) {
          at++; // MariaDB's WAIT and NOWAIT
        }
        names.add(name());
      } while (take(","));
      return names;
    }
  }

  /** Whether it is about {@code table}; letter case is passed over, as a server may do. */
  boolean isAbout(TableId table) {
    return database.equalsIgnoreCase(table.schema())
        || tables.stream()
            .anyMatch(
                named ->
                    named.schema().equalsIgnoreCase(table.schema())
                        && named.name().equalsIgnoreCase(table.name()));
  }
}
