package io.tidemark.database.jdbc;

import io.tidemark.database.jdbc.TargetFacts.Fact;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the ledger remembers of the target's tables: in {@code tidemark.memory}, beside what the
 * source has there. Where the rows lie is a fact of its own, which a writer changes with a
 * transaction in which it empties a table.
 */
final class TargetMemory {

  /** Begins everything in {@code tidemark.memory} that is not the source's. */
  static final String OURS = "target ";

  private static final String LEDGER = OURS + "ledger";
  private static final String MOMENT = OURS + "moment";
  private static final String MEANING = OURS + "table ";
  private static final String FILE = OURS + "rows ";
  private static final String FILLED = OURS + "filled ";
  private static final String YES = "yes";
  private static final String NO = "no";

  private final String stream;
  private final Map<String, String> facts;

  private TargetMemory(String stream, Map<String, String> facts) {
    this.stream = stream;
    this.facts = facts;
  }

  /** Nothing, of a ledger of the version that had no memory. */
  static TargetMemory read(LedgerSql sql, String stream) {
    Map<String, String> facts = new HashMap<>();
    if (LedgerVersion.of(sql) >= 2) {
      sql.query(
          "SELECT about, fact FROM tidemark.memory WHERE stream = ? AND about LIKE ?",
          row -> facts.put(row.getString(1), row.getString(2)),
          stream,
          OURS + "%");
    }
    return new TargetMemory(stream, facts);
  }

  /** Which ledger it was; empty if that is not known. */
  String ledger() {
    return facts.getOrDefault(LEDGER, "");
  }

  /** A moment at which the tables were as is remembered; empty if there was none. */
  String moment() {
    return facts.getOrDefault(MOMENT, "");
  }

  /** Of which it is remembered where their rows are, by their names at the target. */
  Set<TableId> tables() {
    Set<TableId> tables = new TreeSet<>();
    for (String about : facts.keySet()) {
      if (about.startsWith(FILE)) {
        String named = about.substring(FILE.length());
        int space = named.indexOf(' ');
        int end = space + 1 + Integer.parseInt(named.substring(0, space));
        tables.add(new TableId(named.substring(space + 1, end), named.substring(end + 1)));
      }
    }
    return tables;
  }

  /** What is remembered of a table; null if nothing is. */
  @Nullable Fact fact(TableId table) {
    String meaning = facts.get(about(MEANING, table));
    String file = facts.get(about(FILE, table));
    return meaning == null || file == null ? null : new Fact(meaning, file, List.of());
  }

  /** Whether tables are as is remembered of them, all of them. */
  boolean has(Map<TableId, Fact> now) {
    return print(now).entrySet().stream()
        .allMatch(entry -> entry.getValue().equals(facts.get(entry.getKey())));
  }

  /** Whether the stream has ever written to a table. */
  boolean filled(TableId table) {
    return filledFact(table).startsWith(YES);
  }

  /** The moment of the first write to a table; empty if it is not known. */
  String firstWrite(TableId table) {
    String fact = filledFact(table);
    return fact.startsWith(YES) ? fact.substring(YES.length()).strip() : "";
  }

  private String filledFact(TableId table) {
    return facts.getOrDefault(about(FILLED, table), YES);
  }

  /**
   * Remembers these, and forgets the tables that are not among them.
   *
   * @param known tables of which the ledger holds something; the others were not written to yet
   */
  void replace(
      LedgerSql sql, String ledger, String moment, Map<TableId, Fact> now, Set<TableId> known) {
    Map<String, String> wanted = print(now);
    wanted.put(LEDGER, ledger);
    wanted.put(MOMENT, moment);
    now.keySet()
        .forEach(
            table ->
                wanted.put(about(FILLED, table), known.contains(table) ? filledFact(table) : NO));
    List<Object[]> gone = new ArrayList<>();
    facts
        .keySet()
        .forEach(
            about -> {
              if (!wanted.containsKey(about)) {
                gone.add(new Object[] {stream, about});
              }
            });
    sql.updateAll("DELETE FROM tidemark.memory WHERE stream = ? AND about = ?", gone);
    write(sql, wanted);
  }

  /** Remembers what has become of tables that are remembered, by a moment before they were read. */
  void update(LedgerSql sql, String moment, Map<TableId, Fact> now) {
    Map<String, String> wanted = print(now);
    wanted.put(MOMENT, moment);
    write(sql, wanted);
  }

  /**
   * Remembers where the rows of a table are that a writer has emptied in this transaction. Does
   * nothing for a table of which nothing is remembered.
   */
  static void emptied(LedgerSql sql, String stream, TableId table, Fact now) {
    sql.update(
        "UPDATE tidemark.memory SET fact = ? WHERE stream = ? AND about = ?",
        now.file(),
        stream,
        about(FILE, table));
  }

  /**
   * Remembers, with what a writer writes to tables, that they are written to.
   *
   * @param moment of this transaction, which is the first one for those that were not
   */
  static void filled(LedgerSql sql, String stream, Collection<TableId> tables, String moment) {
    sql.updateAll(
        "UPDATE tidemark.memory SET fact = ? WHERE stream = ? AND about = ? AND fact = '"
            + NO
            + "'",
        tables.stream()
            .map(table -> new Object[] {YES + " " + moment, stream, about(FILLED, table)})
            .toList());
  }

  /** A fact that a writer has changed since it was read is newer, and stays. */
  private void write(LedgerSql sql, Map<String, String> wanted) {
    List<Object[]> changed = new ArrayList<>();
    List<Object[]> added = new ArrayList<>();
    wanted.forEach(
        (about, fact) -> {
          String former = facts.get(about);
          if (former == null) {
            added.add(new Object[] {stream, about, fact});
          } else if (!Objects.equals(former, fact)) {
            changed.add(new Object[] {fact, stream, about, former});
          }
        });
    sql.updateAll(
        "UPDATE tidemark.memory SET fact = ? WHERE stream = ? AND about = ? AND fact = ?", changed);
    sql.updateAll("INSERT INTO tidemark.memory (stream, about, fact) VALUES (?, ?, ?)", added);
  }

  private static Map<String, String> print(Map<TableId, Fact> now) {
    // In one order, so that those who write at once wait for each other and do not lock each other
    // up.
    Map<String, String> facts = new TreeMap<>();
    now.forEach(
        (table, fact) -> {
          facts.put(about(MEANING, table), fact.meaning());
          facts.put(about(FILE, table), fact.file());
        });
    return facts;
  }

  /** What the fact is about that tells where the rows of a table are. */
  static String whereRowsAre(TableId table) {
    return about(FILE, table);
  }

  /** The length of the schema's name keeps apart names with points in them. */
  private static String about(String kind, TableId table) {
    return kind + table.schema().length() + " " + table;
  }
}
