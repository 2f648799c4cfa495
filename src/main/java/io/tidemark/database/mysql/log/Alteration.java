package io.tidemark.database.mysql.log;

import io.tidemark.database.mysql.session.SqlWords.Word;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What an {@code ALTER TABLE} does to its table (MySQL manual, 15.1.11; MariaDB documentation,
 * "ALTER TABLE"). What is in none of its parts does nothing to a row: it is known to, as everything
 * else makes the statement one that is not understood.
 *
 * @param columns the names of the columns that it adds, drops, changes or names anew, old and new,
 *     in the order of the statement
 * @param indexes the names of the indexes and constraints that it drops or names anew, in lower
 *     case
 * @param everyColumn whether it may change all of them
 * @param key whether it adds or drops a primary key
 * @param cascades whether it adds a foreign key by which the server changes rows of the table
 * @param moves whether rows come or go with it that the log does not show, or the table's name does
 * @param others the other tables that it names and moves rows to or from
 */
record Alteration(
    List<String> columns,
    Set<String> indexes,
    boolean everyColumn,
    boolean key,
    boolean cascades,
    boolean moves,
    List<TableId> others) {

  /** Nothing that could concern a row. */
  static final Alteration NONE =
      new Alteration(List.of(), Set.of(), false, false, false, false, List.of());

  private static final Set<String> NAMES_OF_INDEXES =
      Set.of("INDEX", "KEY", "UNIQUE", "FULLTEXT", "SPATIAL");

  /** Options of a table, with one value each, that concern no row. */
  private static final Set<String> OPTIONS =
      Set.of(
          "AUTO_INCREMENT",
          "AUTOEXTEND_SIZE",
          "AVG_ROW_LENGTH",
          "CHECKSUM",
          "COMMENT",
          "COMPRESSION",
          "DELAY_KEY_WRITE",
          "ENCRYPTED",
          "ENCRYPTION",
          "ENCRYPTION_KEY_ID",
          "KEY_BLOCK_SIZE",
          "MAX_ROWS",
          "MIN_ROWS",
          "PACK_KEYS",
          "PAGE_CHECKSUM",
          "PAGE_COMPRESSED",
          "PAGE_COMPRESSION_LEVEL",
          "ROW_FORMAT",
          "STATS_AUTO_RECALC",
          "STATS_PERSISTENT",
          "STATS_SAMPLE_PAGES",
          "TABLESPACE",
          "TRANSACTIONAL");

  Alteration {
    columns = List.copyOf(columns);
    indexes = Set.copyOf(indexes);
    others = List.copyOf(others);
  }

  /** An index is dropped, or takes the place of one of its name. */
  static Alteration ofIndex(String name) {
    return new Alteration(List.of(), Set.of(lower(name)), false, false, false, false, List.of());
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** Reads all that comes behind the table's name. */
  static Alteration read(StatementCursor cursor) {
    Reader reader = new Reader(cursor);
    reader.read();
    return new Alteration(
        reader.columns,
        reader.indexes,
        reader.everyColumn,
        reader.key,
        reader.cascades,
        reader.moves,
        reader.others);
  }

  /** Reads one statement. */
  private static final class Reader {
    private final StatementCursor cursor;
    private final List<String> columns = new ArrayList<>();
    private final Set<String> indexes = new HashSet<>();
    private final List<TableId> others = new ArrayList<>();
    private boolean everyColumn;
    private boolean key;
    private boolean cascades;
    private boolean moves;

    Reader(StatementCursor cursor) {
      this.cursor = cursor;
    }

    void read() {
      waiting();
      if (cursor.isAtEnd()) {
        return;
      }
      do {
        action();
      } while (cursor.take(","));
      partitioning();
    }

    /** MariaDB's way to say for how long to wait for a lock. */
    private void waiting() {
      if (cursor.take("WAIT")) {
        cursor.name();
      } else {
        cursor.take("NOWAIT");
      }
    }

    private void action() {
      if (cursor.take("ADD")) {
        add();
      } else if (cursor.take("DROP")) {
        drop();
      } else if (cursor.take("RENAME")) {
        rename();
      } else if (cursor.take("ALTER")) {
        alter();
      } else if (cursor.take("MODIFY")) {
        cursor.take("COLUMN");
        cursor.take("IF", "EXISTS");
        columns.add(cursor.name());
        definition();
      } else if (cursor.take("CHANGE")) {
        cursor.take("COLUMN");
        cursor.take("IF", "EXISTS");
        columns.add(cursor.name());
        columns.add(cursor.name());
        definition();
      } else if (cursor.take("CONVERT")) {
        convert();
      } else if (cursor.take("EXCHANGE", "PARTITION")) {
        cursor.name();
        cursor.require("WITH", "TABLE");
        exchanged();
      } else if (cursor.takeAny("DISCARD", "IMPORT", "TRUNCATE", "REPAIR")) {
        cursor.clause();
        moves = true;
      } else if (cursor.takeAny("ENABLE", "DISABLE")) {
        cursor.require("KEYS");
      } else if (cursor.takeAny("ALGORITHM", "LOCK")) {
        cursor.take("=");
        cursor.name();
      } else if (cursor.take("ORDER", "BY")) {
        order();
      } else if (!isPartitions() && !cursor.takeAny("FORCE", "NOWAIT")) {
        validationOrOptions();
      }
    }

    private void validationOrOptions() {
      if (cursor.takeAny("WITH", "WITHOUT")) {
        cursor.require("VALIDATION");
        return;
      }
      options();
    }

    private void exchanged() {
      moves = true;
      others.add(cursor.table());
      if (cursor.takeAny("WITH", "WITHOUT")) {
        cursor.require("VALIDATION");
      }
    }

    private void add() {
      if (cursor.take("PARTITION")) {
        ifNotExists();
        unlogged();
        ifNotExists();
        if (cursor.take("PARTITIONS")) {
          cursor.name();
        } else {
          cursor.parentheses();
        }
        return;
      }
      boolean constraint = cursor.take("CONSTRAINT");
      if (constraint) {
        ifNotExists();
        constraintName();
      }
      if (cursor.take("PRIMARY")) {
        key = true;
        cursor.clause();
      } else if (cursor.take("FOREIGN", "KEY")) {
        foreignKey();
      } else if (cursor.take("CHECK")) {
        cursor.parentheses();
        enforced();
      } else if (NAMES_OF_INDEXES.stream().anyMatch(cursor.word()::is)) {
        index();
      } else if (cursor.take("SYSTEM", "VERSIONING")) {
        moves = true; // its history becomes rows of its own
      } else if (constraint || isPeriod()) {
        cursor.lose();
      } else {
        addColumns();
      }
    }

    private void ifNotExists() {
      cursor.take("IF", "NOT", "EXISTS");
    }

    private void constraintName() {
      boolean unnamed =
          cursor.word().is("PRIMARY")
              || cursor.word().is("UNIQUE")
              || cursor.word().is("FOREIGN")
              || cursor.word().is("CHECK");
      if (!unnamed) {
        cursor.name();
      }
    }

    private void enforced() {
      cursor.take("NOT");
      cursor.take("ENFORCED");
    }

    private boolean isPeriod() {
      return cursor.word().is("PERIOD") && cursor.word(1).is("FOR");
    }

    private void addColumns() {
      cursor.take("COLUMN");
      ifNotExists();
      if (!cursor.take("(")) {
        columns.add(cursor.name());
        definition();
        return;
      }
      // Several at once. Where one begins with a keyword it is an index, or something new.
      do {
        if (!cursor.word().quoted()
            && (NAMES_OF_INDEXES.stream().anyMatch(cursor.word()::is)
                || cursor.word().is("PRIMARY")
                || cursor.word().is("CONSTRAINT")
                || cursor.word().is("FOREIGN")
                || cursor.word().is("CHECK")
                || cursor.word().is("PERIOD"))) {
          cursor.lose();
        }
        columns.add(cursor.name());
        definition();
      } while (cursor.take(","));
      cursor.require(")");
    }

    /** A column's type and attributes, and where it stands. */
    private void definition() {
      judge(cursor.clause());
    }

    private void judge(List<Word> definition) {
      boolean references = false;
      boolean unique = false;
      for (Word word : definition) {
        references |= word.is("REFERENCES");
        key |= word.is("PRIMARY") || (word.is("KEY") && !unique);
        cascades |= references && (word.is("CASCADE") || word.is("SET"));
        unique = word.is("UNIQUE");
        if (word.is("ROW") || word.is("SYSTEM") || word.is("PERIOD") || word.is("VERSIONING")) {
          cursor.lose();
        }
      }
    }

    private void foreignKey() {
      ifNotExists();
      if (!cursor.word().is("(")) {
        cursor.name();
      }
      cursor.parentheses();
      cursor.require("REFERENCES");
      cursor.table();
      if (cursor.word().is("(")) {
        cursor.parentheses();
      }
      if (cursor.take("MATCH")) {
        cursor.requireAny("FULL", "PARTIAL", "SIMPLE");
      }
      while (cursor.take("ON")) {
        cursor.requireAny("DELETE", "UPDATE");
        if (cursor.take("CASCADE") || cursor.take("SET", "NULL") || cursor.take("SET", "DEFAULT")) {
          cascades = true;
        } else if (!cursor.take("NO", "ACTION")) {
          cursor.require("RESTRICT");
        }
      }
    }

    private void index() {
      cursor.takeAny("UNIQUE", "FULLTEXT", "SPATIAL");
      cursor.takeAny("INDEX", "KEY");
      ifNotExists();
      if (!cursor.word().is("(") && !cursor.word().is("USING")) {
        cursor.name();
      }
      if (cursor.take("USING")) {
        cursor.name();
      }
      cursor.parentheses();
      indexOptions();
    }

    private void indexOptions() {
      boolean more = true;
      while (more) {
        if (cursor.takeAny("COMMENT", "KEY_BLOCK_SIZE", "USING")) {
          cursor.take("=");
          cursor.name();
        } else if (cursor.take("WITH", "PARSER")) {
          cursor.name();
        } else {
          more = visibility();
        }
      }
    }

    private boolean visibility() {
      return cursor.takeAny("VISIBLE", "INVISIBLE", "IGNORED") || cursor.take("NOT", "IGNORED");
    }

    private void drop() {
      if (cursor.take("PARTITION")) {
        cursor.clause();
        moves = true;
      } else if (cursor.take("PRIMARY", "KEY")) {
        key = true;
      } else if (cursor.take("FOREIGN", "KEY")) {
        cursor.take("IF", "EXISTS");
        cursor.name();
      } else if (cursor.takeAny("INDEX", "KEY", "CONSTRAINT")) {
        cursor.take("IF", "EXISTS");
        indexes.add(lower(cursor.name()));
      } else if (cursor.take("CHECK")) {
        cursor.name();
      } else if (cursor.take("SYSTEM", "VERSIONING")) {
        moves = true;
      } else if (isPeriod()) {
        cursor.lose();
      } else {
        cursor.take("COLUMN");
        cursor.take("IF", "EXISTS");
        columns.add(cursor.name());
        cursor.takeAny("RESTRICT", "CASCADE");
      }
    }

    private void rename() {
      if (cursor.take("COLUMN")) {
        cursor.take("IF", "EXISTS");
        columns.add(cursor.name());
        cursor.require("TO");
        columns.add(cursor.name());
      } else if (cursor.takeAny("INDEX", "KEY")) {
        cursor.take("IF", "EXISTS");
        indexes.add(lower(cursor.name()));
        cursor.require("TO");
        indexes.add(lower(cursor.name()));
      } else {
        cursor.takeAny("TO", "AS", "=");
        moves = true;
        others.add(cursor.table());
      }
    }

    private void alter() {
      if (cursor.takeAny("INDEX", "KEY")) {
        cursor.take("IF", "EXISTS");
        cursor.name();
        if (!visibility()) {
          cursor.lose();
        }
      } else if (cursor.takeAny("CHECK", "CONSTRAINT")) {
        cursor.name();
        enforced();
      } else {
        cursor.take("COLUMN");
        cursor.take("IF", "EXISTS");
        columns.add(cursor.name());
        cursor.requireAny("SET", "DROP");
        cursor.clause();
      }
    }

    private void convert() {
      if (cursor.take("TABLE")) {
        moves = true;
        others.add(cursor.table());
        cursor.require("TO", "PARTITION");
        cursor.rest();
      } else if (cursor.take("PARTITION")) {
        moves = true;
        cursor.name();
        cursor.require("TO", "TABLE");
        others.add(cursor.table());
      } else {
        cursor.require("TO");
        everyColumn = true;
        cursor.clause();
      }
    }

    private void order() {
      do {
        cursor.table(); // a column, which may be named with its table
        cursor.takeAny("ASC", "DESC");
      } while (cursor.take(","));
    }

    /** What changes partitions and keeps their rows. */
    private boolean isPartitions() {
      if (cursor.take("COALESCE", "PARTITION")) {
        unlogged();
        cursor.name();
        return true;
      }
      if (cursor.take("REORGANIZE", "PARTITION")) {
        unlogged();
        if (!cursor.isAtEnd()) {
          names();
          cursor.require("INTO");
          cursor.parentheses();
        }
        return true;
      }
      if (cursor.takeAny("REBUILD", "OPTIMIZE", "ANALYZE", "CHECK")) {
        cursor.require("PARTITION");
        unlogged();
        names();
        return true;
      }
      if (cursor.takeAny("REMOVE", "UPGRADE")) {
        cursor.require("PARTITIONING");
        return true;
      }
      return isPartitionBy();
    }

    private void unlogged() {
      cursor.takeAny("NO_WRITE_TO_BINLOG", "LOCAL");
    }

    private void names() {
      do {
        cursor.name();
      } while (cursor.take(","));
    }

    private boolean isPartitionBy() {
      if (cursor.take("PARTITION", "BY")) {
        cursor.rest();
        return true;
      }
      return false;
    }

    /** It may stand behind the last action, without a comma. */
    private void partitioning() {
      if (!isPartitionBy() && cursor.take("REMOVE")) {
        cursor.require("PARTITIONING");
      }
    }

    /** Options of the table, which need no comma between them. */
    private void options() {
      boolean any = false;
      while (option()) {
        any = true;
      }
      if (!any) {
        cursor.lose();
        cursor.clause();
      }
    }

    private boolean option() {
      if (cursor.take("ENGINE")) {
        cursor.take("=");
        // Another engine may keep nothing, or have neither transactions nor snapshots.
        moves |= !cursor.name().equalsIgnoreCase("InnoDB");
        return true;
      }
      boolean ofNewColumns =
          cursor.take("DEFAULT", "CHARACTER", "SET")
              || cursor.take("DEFAULT", "CHARSET")
              || cursor.take("DEFAULT", "COLLATE")
              || cursor.take("CHARACTER", "SET")
              || cursor.takeAny("CHARSET", "COLLATE");
      if (ofNewColumns || OPTIONS.stream().anyMatch(cursor.word()::is) && cursor.takeAny(upper())) {
        cursor.take("=");
        cursor.name();
        return true;
      }
      return false;
    }

    private String upper() {
      return cursor.word().text().toUpperCase(Locale.ROOT);
    }
  }
}
