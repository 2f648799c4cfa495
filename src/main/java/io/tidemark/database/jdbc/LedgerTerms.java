package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import io.tidemark.schema.TableId;
import io.tidemark.settings.RecordedTerms;
import io.tidemark.settings.RecordedTerms.Names;
import io.tidemark.settings.RecordedTerms.Written;
import io.tidemark.settings.TableTerms;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What jobs say of their tables, as the ledger keeps it: in the table {@code memory}, beside what a
 * stream remembers of its source and under names of its own.
 */
record LedgerTerms(LedgerSql sql, String stream) {

  private static final String PREFIX = "job:";

  /** Matches the names of these facts and no other ones. */
  static final String ABOUT = PREFIX + "%";

  /** One fact, and whose it is. */
  private record Fact(String stream, TableTerms terms) {}

  /** Reads what all streams of this target were last started with. */
  RecordedTerms read() {
    Map<TableId, TableTerms> own = new HashMap<>();
    Map<String, Set<TableId>> others = new HashMap<>();
    for (Fact fact : facts()) {
      if (fact.stream().equals(stream)) {
        own.put(fact.terms().source(), fact.terms());
      } else {
        others.computeIfAbsent(fact.stream(), any -> new HashSet<>()).add(fact.terms().target());
      }
    }
    Map<String, Written> written = new HashMap<>();
    others.forEach((name, tables) -> written.put(name, new Written(tables, false)));
    unnamed().forEach((name, tables) -> written.putIfAbsent(name, new Written(tables, true)));
    return new RecordedTerms(own, written, written.isEmpty() ? Names.PLAIN : names());
  }

  private Names names() {
    boolean caseless =
        sql.dialect().caselessNames().stream()
            .anyMatch(asked -> sql.query(asked, row -> row.getBoolean(1)).get(0));
    Map<TableId, Set<TableId>> above = new HashMap<>();
    sql.dialect()
        .tablesInTables()
        .ifPresent(
            asked ->
                sql.query(
                    asked,
                    row ->
                        above
                            .computeIfAbsent(
                                new TableId(row.getString(1), row.getString(2)),
                                part -> new HashSet<>())
                            .add(new TableId(row.getString(3), row.getString(4)))));
    return new Names(caseless, above);
  }

  private List<Fact> facts() {
    if (LedgerVersion.of(sql) < 2) {
      return List.of();
    }
    return sql.query(
        "SELECT stream, fact FROM tidemark.memory WHERE about LIKE ?",
        row -> new Fact(row.getString(1), parse(row.getString(2))),
        ABOUT);
  }

  private static TableTerms parse(String fact) {
    try {
      return TableTerms.parse(fact);
    } catch (IllegalArgumentException e) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "the ledger (schema tidemark) at the target is damaged: " + e.getMessage(),
          e);
    }
  }

  /**
   * The tables of streams that an older Tidemark began, of which nothing is known but what they are
   * called at the source: that is what most of them are called here.
   */
  private Map<String, Set<TableId>> unnamed() {
    Map<String, Set<TableId>> tables = new HashMap<>();
    for (String part : List.of("streamed", "chunk")) {
      record Held(String stream, TableId table) {}
      for (Held held :
          sql.query(
              "SELECT DISTINCT stream, table_schema, table_name FROM tidemark."
                  + part
                  + " WHERE stream <> ?",
              row -> new Held(row.getString(1), new TableId(row.getString(2), row.getString(3))),
              stream)) {
        tables.computeIfAbsent(held.stream(), any -> new HashSet<>()).add(held.table());
      }
    }
    return tables;
  }

  /**
   * Compares and keeps; the caller commits. Until then no other stream does the same.
   *
   * @throws DatabaseException fatal, if the stream is not to be started so
   */
  void record(Map<TableId, TableTerms> terms, Set<TableId> copied) {
    sql.query(
        "SELECT number FROM tidemark.version" + sql.dialect().forUpdate(), row -> row.getInt(1));
    RecordedTerms recorded = read();
    recorded
        .refusal(terms, copied)
        .ifPresent(
            problem -> {
              throw new DatabaseException(DatabaseException.Kind.FATAL, problem);
            });
    sql.update("DELETE FROM tidemark.memory WHERE stream = ? AND about LIKE ?", stream, ABOUT);
    List<Object[]> rows = new ArrayList<>();
    recorded
        .recordedWith(terms, copied)
        .forEach((table, kept) -> rows.add(new Object[] {stream, about(table), kept.print()}));
    sql.updateAll("INSERT INTO tidemark.memory (stream, about, fact) VALUES (?, ?, ?)", rows);
  }

  private static String about(TableId table) {
    return PREFIX + quoted(table.schema()) + "." + quoted(table.name());
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
