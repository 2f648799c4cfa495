package io.tidemark.database.mysql.log;

import io.tidemark.database.mysql.session.SqlWords;
import io.tidemark.database.mysql.session.SqlWords.Dialect;
import io.tidemark.database.mysql.session.SqlWords.Word;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A statement that the log holds as text: the frame of a transaction, or something that changed
 * more than rows. {@link Kind#HARMLESS} is a list of what is known to change no row and to hide
 * none; whatever is not on a list is {@link Kind#UNKNOWN}.
 *
 * @param kind what it is
 * @param tables those that it is about, as it names them; of {@code DROP DATABASE} none
 * @param database the database that it drops; empty otherwise
 * @param alteration what it does to the first of its tables, if it alters that
 * @param verb its first keywords, for messages
 */
record LoggedStatement(
    Kind kind, List<TableId> tables, String database, Alteration alteration, String verb) {

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
    /** Alters its first table. */
    ALTER,
    /** Takes rows away, or puts some in, that the log does not show; drops or renames a table. */
    HIDDEN_ROWS,
    /** {@code DROP DATABASE}. */
    DROP_DATABASE,
    /** Changes rows, in a log that should have the rows themselves. */
    ROWS,
    /** Cannot matter: users, routines, views, statistics. */
    HARMLESS,
    /** Begins like something that is known, and goes on in another way. */
    UNCLEAR,
    /** Begins like nothing that is known. */
    UNKNOWN
  }

  /** What changes rows, or calls what may. */
  private static final Set<String> ROW_STATEMENTS =
      Set.of(
          "INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH", "CALL", "VALUES", "DO", "SELECT",
          "TABLE", "(");

  /** Of these the rest is read, in case it is a server's own. */
  private static final Set<String> MAY_BE_THE_SERVERS = Set.of("INSERT", "UPDATE", "DELETE");

  /** What CREATE, ALTER and DROP may be about without any meaning for rows. */
  private static final Set<String> OBJECTS =
      Set.of(
          "VIEW",
          "PROCEDURE",
          "FUNCTION",
          "TRIGGER",
          "EVENT",
          "PACKAGE",
          "USER",
          "ROLE",
          "SERVER",
          "TABLESPACE",
          "LIBRARY",
          "SEQUENCE");

  private static final Pattern KEYWORD = Pattern.compile("[A-Za-z_]{1,30}");

  private static final int LONGEST_OF_THE_SERVERS = 10_000;

  LoggedStatement {
    tables = List.copyOf(tables);
  }

  /**
   * @param schema the default database of the session that executed it
   */
  static LoggedStatement parse(String schema, String sql, Dialect dialect) {
    SqlWords first = SqlWords.of(sql, dialect, ROW_STATEMENTS);
    boolean cutOff = first.words().size() == 1 && !first.isWhole();
    boolean shortEnough = sql.length() <= LONGEST_OF_THE_SERVERS;
    if (cutOff && shortEnough && MAY_BE_THE_SERVERS.stream().anyMatch(first.words().get(0)::is)) {
      SqlWords all = SqlWords.of(sql, dialect, Set.of());
      if (SystemRows.areAll(new StatementCursor(schema, all))) {
        return new LoggedStatement(Kind.HARMLESS, List.of(), "", Alteration.NONE, verb(all));
      }
    }
    return new Reader(schema, first).read();
  }

  /** The keywords that it begins with, as far as they are no names. */
  private static String verb(SqlWords words) {
    StringBuilder verb = new StringBuilder();
    for (Word word : words.words().subList(0, Math.min(2, words.words().size()))) {
      if (word.quoted() || !KEYWORD.matcher(word.text()).matches()) {
        break;
      }
      verb.append(verb.isEmpty() ? "" : " ").append(word.text().toUpperCase(Locale.ROOT));
    }
    return verb.toString();
  }

  /** Reads one statement. */
  private static final class Reader {
    private final StatementCursor cursor;
    private final SqlWords words;

    Reader(String schema, SqlWords words) {
      this.words = words;
      this.cursor = new StatementCursor(schema, words);
    }

    private LoggedStatement of(Kind kind) {
      return of(kind, List.of());
    }

    private LoggedStatement of(Kind kind, List<TableId> tables) {
      return of(kind, tables, "", Alteration.NONE);
    }

    private LoggedStatement of(
        Kind kind, List<TableId> tables, String database, Alteration alteration) {
      return new LoggedStatement(kind, tables, database, alteration, verb(words));
    }

    /** What it is, if nothing comes behind it that was not looked at. */
    private LoggedStatement ended(Kind kind, List<TableId> tables) {
      return of(cursor.isUnderstood() ? kind : Kind.UNCLEAR, tables);
    }

    private LoggedStatement ended(Kind kind) {
      return ended(kind, List.of());
    }

    LoggedStatement read() {
      skipSet();
      if (cursor.isLost()) {
        return of(Kind.UNKNOWN);
      }
      if (ROW_STATEMENTS.stream().anyMatch(cursor.word()::is)) {
        return of(Kind.ROWS);
      }
      if (cursor.take("BEGIN") || cursor.take("START", "TRANSACTION")) {
        return frame(Kind.BEGIN);
      }
      if (cursor.take("COMMIT")) {
        return frame(Kind.COMMIT);
      }
      if (cursor.take("ROLLBACK")) {
        return cursor.take("TO") ? of(Kind.ROLLBACK_TO_SAVEPOINT) : frame(Kind.ROLLBACK);
      }
      if (cursor.take("SAVEPOINT") || cursor.take("RELEASE", "SAVEPOINT")) {
        return of(Kind.SAVEPOINT);
      }
      if (cursor.take("XA")) {
        return xa();
      }
      if (cursor.take("TRUNCATE")) {
        cursor.take("TABLE");
        List<TableId> table = List.of(cursor.table());
        waiting();
        return ended(Kind.TRUNCATE, table);
      }
      return definition();
    }

    /** A transaction's frame is written by the server, in its own words. */
    private LoggedStatement frame(Kind kind) {
      return of(cursor.isUnderstood() ? kind : Kind.UNKNOWN);
    }

    /**
     * MariaDB's {@code SET STATEMENT … FOR} stands before the statement itself. A value in
     * parentheses might be of a function.
     */
    private void skipSet() {
      if (cursor.word().is("SET") && cursor.word(1).is("STATEMENT")) {
        cursor.take("SET", "STATEMENT");
        do {
          cursor.name();
          cursor.require("=");
          cursor.take("-");
          cursor.name();
          if (cursor.take(".")) {
            cursor.name();
          }
        } while (cursor.take(","));
        cursor.require("FOR");
      }
    }

    private LoggedStatement xa() {
      if (cursor.takeAny("START", "BEGIN")) {
        return of(Kind.XA_START);
      }
      if (cursor.take("COMMIT")) {
        return of(Kind.XA_COMMIT);
      }
      if (cursor.take("ROLLBACK")) {
        return of(Kind.XA_ROLLBACK);
      }
      return of(cursor.take("END") ? Kind.XA_END : Kind.UNKNOWN);
    }

    private void waiting() {
      if (cursor.take("WAIT")) {
        cursor.name();
      } else {
        cursor.take("NOWAIT");
      }
    }

    private LoggedStatement definition() {
      if (cursor.take("ALTER")) {
        return alter();
      }
      if (cursor.take("RENAME", "TABLE") || cursor.take("RENAME", "TABLES")) {
        return ended(Kind.HIDDEN_ROWS, renamed());
      }
      if (cursor.take("DROP")) {
        return drop();
      }
      if (cursor.take("CREATE")) {
        return create();
      }
      if (cursor.take("REPAIR")) {
        cursor.takeAny("NO_WRITE_TO_BINLOG", "LOCAL");
        cursor.requireAny("TABLE", "TABLES");
        List<TableId> tables = cursor.tables();
        while (cursor.takeAny("QUICK", "EXTENDED", "USE_FRM", "FORCE")) {
          // How it is repaired says nothing.
        }
        return ended(Kind.HIDDEN_ROWS, tables);
      }
      return of(isHarmless() ? Kind.HARMLESS : Kind.UNKNOWN);
    }

    /** What is neither about a table's rows nor can call a function. */
    private boolean isHarmless() {
      if (words.words().isEmpty()) {
        return words.isWhole(); // a comment, and nothing else
      }
      if (cursor.takeAny("GRANT", "REVOKE", "FLUSH")
          || cursor.take("RENAME", "USER")
          || cursor.take("SET", "DEFAULT", "ROLE")) {
        return true;
      }
      if (cursor.take("SET", "PASSWORD")) {
        // A comma would let another assignment follow, of a function's value.
        return cursor.rest().stream().noneMatch(word -> word.is(",")) && cursor.isUnderstood();
      }
      if (cursor.takeAny("ANALYZE", "OPTIMIZE", "CHECK", "CHECKSUM")) {
        cursor.takeAny("NO_WRITE_TO_BINLOG", "LOCAL");
        return cursor.takeAny("TABLE", "TABLES");
      }
      return false;
    }

    /** What makes, alters or drops something that is no table and no database. */
    private boolean isOfObject() {
      boolean more = true;
      while (more) {
        if (cursor.take("DEFINER", "=")) {
          cursor.name();
          if (cursor.take("(")) {
            cursor.require(")"); // of CURRENT_USER
          }
          if (cursor.take("@")) {
            cursor.name();
          }
        } else if (cursor.take("ALGORITHM", "=") || cursor.take("SQL", "SECURITY")) {
          cursor.name();
        } else {
          more = cursor.take("AGGREGATE");
        }
      }
      return OBJECTS.stream().anyMatch(cursor.word()::is)
          || cursor.take("UNDO", "TABLESPACE")
          || cursor.take("SPATIAL", "REFERENCE", "SYSTEM")
          || cursor.take("JSON", "DUALITY", "VIEW")
          || cursor.take("JSON", "RELATIONAL", "DUALITY", "VIEW");
    }

    private LoggedStatement drop() {
      if (cursor.takeAny("DATABASE", "SCHEMA")) {
        cursor.take("IF", "EXISTS");
        String database = cursor.name();
        boolean clear = cursor.isUnderstood();
        return of(clear ? Kind.DROP_DATABASE : Kind.UNCLEAR, List.of(), database, Alteration.NONE);
      }
      if (cursor.take("TEMPORARY")) {
        return of(cursor.takeAny("TABLE", "TABLES", "SEQUENCE") ? Kind.HARMLESS : Kind.UNKNOWN);
      }
      if (cursor.takeAny("TABLE", "TABLES")) {
        cursor.take("IF", "EXISTS");
        List<TableId> tables = cursor.tables();
        waiting();
        cursor.takeAny("RESTRICT", "CASCADE");
        return ended(Kind.HIDDEN_ROWS, tables);
      }
      if (cursor.take("INDEX")) {
        cursor.take("IF", "EXISTS");
        return ofIndex(cursor.name());
      }
      return of(isOfObject() ? Kind.HARMLESS : Kind.UNKNOWN);
    }

    /** Behind {@code DROP INDEX name}. */
    private LoggedStatement ofIndex(String name) {
      cursor.require("ON");
      TableId table = cursor.table();
      waiting();
      while (cursor.takeAny("ALGORITHM", "LOCK")) {
        cursor.take("=");
        cursor.name();
      }
      boolean clear = cursor.isUnderstood();
      return of(clear ? Kind.ALTER : Kind.UNCLEAR, List.of(table), "", Alteration.ofIndex(name));
    }

    private LoggedStatement create() {
      boolean replaces = cursor.take("OR", "REPLACE");
      if (cursor.takeAny("DATABASE", "SCHEMA")) {
        if (!replaces) {
          return of(Kind.HARMLESS);
        }
        return of(Kind.DROP_DATABASE, List.of(), cursor.name(), Alteration.NONE);
      }
      boolean temporary = cursor.take("TEMPORARY");
      if (cursor.take("TABLE")) {
        return createTable(replaces && !temporary);
      }
      if (cursor.take("SEQUENCE")) {
        // It takes the place of a table, too.
        return replaces ? of(Kind.HIDDEN_ROWS, List.of(cursor.table())) : of(Kind.HARMLESS);
      }
      if (isIndex()) {
        cursor.take("IF", "NOT", "EXISTS");
        String name = cursor.name();
        // It only adds one, unless there is one of its name.
        return replaces ? replaced(name) : of(Kind.HARMLESS);
      }
      return of(isOfObject() ? Kind.HARMLESS : Kind.UNKNOWN);
    }

    private boolean isIndex() {
      boolean ofKind =
          cursor.word().is("UNIQUE") || cursor.word().is("FULLTEXT") || cursor.word().is("SPATIAL");
      if (ofKind && cursor.word(1).is("INDEX")) {
        cursor.takeAny("UNIQUE", "FULLTEXT", "SPATIAL");
      }
      return cursor.take("INDEX");
    }

    private LoggedStatement replaced(String name) {
      if (cursor.take("USING")) {
        cursor.name();
      }
      cursor.require("ON");
      return of(Kind.ALTER, List.of(cursor.table()), "", Alteration.ofIndex(name));
    }

    private LoggedStatement createTable(boolean replaces) {
      cursor.take("IF", "NOT", "EXISTS");
      List<TableId> table = List.of(cursor.table());
      List<Word> rest = cursor.rest();
      if (!cursor.isUnderstood()) {
        return of(Kind.UNKNOWN, table);
      }
      if (isFilled(rest)) {
        return of(Kind.ROWS, table);
      }
      int end = rest.size();
      boolean filled =
          end >= 2 && rest.get(end - 2).is("START") && rest.get(end - 1).is("TRANSACTION");
      if (filled && !replaces) {
        return of(Kind.CREATE_AND_FILL, table);
      }
      // Otherwise the table was not there before, or IF NOT EXISTS left it as it was.
      return of(replaces ? Kind.HIDDEN_ROWS : Kind.HARMLESS, table);
    }

    /**
     * Whether a new table's rows come from a query, which may call a function that changes others.
     * A definition holds no query; and {@code VALUES} in it are those of a partition.
     */
    private static boolean isFilled(List<Word> rest) {
      for (int i = 0; i < rest.size(); i++) {
        Word next = i + 1 < rest.size() ? rest.get(i + 1) : rest.get(i);
        boolean values = rest.get(i).is("VALUES") && !next.is("LESS") && !next.is("IN");
        if (rest.get(i).is("SELECT") || rest.get(i).is("TABLE") || values) {
          return true;
        }
      }
      return false;
    }

    private LoggedStatement alter() {
      if (cursor.takeAny("DATABASE", "SCHEMA")) {
        return alterDatabase();
      }
      cursor.take("ONLINE");
      boolean ignores = cursor.take("IGNORE");
      if (!cursor.take("TABLE")) {
        return of(isOfObject() || cursor.take("INSTANCE") ? Kind.HARMLESS : Kind.UNKNOWN);
      }
      cursor.take("IF", "EXISTS");
      List<TableId> tables = new ArrayList<>();
      tables.add(cursor.table());
      Alteration alteration = Alteration.read(cursor);
      tables.addAll(alteration.others());
      if (!cursor.isUnderstood()) {
        return of(Kind.UNCLEAR, tables, "", alteration);
      }
      // With IGNORE, rows that would break a key are deleted.
      return of(ignores ? Kind.HIDDEN_ROWS : Kind.ALTER, tables, "", alteration);
    }

    /** Its defaults are of tables that are not there yet. */
    private LoggedStatement alterDatabase() {
      boolean hasName =
          !cursor.word().is("DEFAULT")
              && !cursor.word().is("CHARACTER")
              && !cursor.word().is("COLLATE");
      String database = hasName ? cursor.name() : "";
      boolean more = true;
      while (more) {
        cursor.take("DEFAULT");
        if (cursor.take("CHARACTER", "SET")
            || cursor.take("READ", "ONLY")
            || cursor.takeAny("CHARSET", "COLLATE", "ENCRYPTION", "COMMENT")) {
          cursor.take("=");
          cursor.name();
        } else {
          more = false;
        }
      }
      boolean clear = cursor.isUnderstood();
      return of(clear ? Kind.HARMLESS : Kind.UNCLEAR, List.of(), database, Alteration.NONE);
    }

    private List<TableId> renamed() {
      cursor.take("IF", "EXISTS");
      List<TableId> names = new ArrayList<>();
      do {
        names.add(cursor.table());
        waiting();
        cursor.require("TO");
        names.add(cursor.table());
      } while (cursor.take(","));
      return names;
    }
  }

  /**
   * Whether it names {@code table}.
   *
   * @param anyCase whether the server passes over letter case in names
   */
  boolean isAbout(TableId table, boolean anyCase) {
    return same(database, table.schema(), anyCase)
        || tables.stream().anyMatch(named -> same(named, table, anyCase));
  }

  /** Whether it is about a database and no single table. */
  boolean isOfDatabase() {
    return !database.isEmpty();
  }

  /** Whether it is {@code table} that it alters. */
  boolean alters(TableId table, boolean anyCase) {
    return kind == Kind.ALTER && !tables.isEmpty() && same(tables.get(0), table, anyCase);
  }

  private static boolean same(TableId named, TableId table, boolean anyCase) {
    return same(named.schema(), table.schema(), anyCase)
        && same(named.name(), table.name(), anyCase);
  }

  private static boolean same(String named, String name, boolean anyCase) {
    return anyCase ? named.equalsIgnoreCase(name) : named.equals(name);
  }
}
