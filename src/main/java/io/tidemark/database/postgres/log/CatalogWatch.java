package io.tidemark.database.postgres.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.catalog.TablePart;
import io.tidemark.database.postgres.log.RelationLayout.Announced;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Looks, again and again, whether the catalog still gives the copied rows the meaning that it gave
 * them, and whether the publication still sends all of them. Borrows the connection; used by one
 * thread at a time.
 */
public final class CatalogWatch {

  private static final String MOMENT = "catalog moment";

  private final PostgresQueries queries;
  private final StreamSource source;
  private final StreamPublication publication;
  private final Set<TableId> tables;
  private CatalogFacts facts;
  private SourceMemory memory;
  private String digest = "";

  /** At which everything was as the facts say. */
  private String moment;

  private CatalogWatch(
      PostgresQueries queries,
      StreamSource source,
      StreamPublication publication,
      Set<TableId> tables,
      CatalogFacts facts,
      String moment,
      SourceMemory memory) {
    this.queries = queries;
    this.source = source;
    this.publication = publication;
    this.tables = tables;
    this.facts = facts;
    this.moment = moment;
    this.memory = memory;
  }

  private static SourceMemory memory(CatalogFacts facts, String moment) {
    return new SourceMemory(facts.print()).with(MOMENT, moment);
  }

  /**
   * Takes what is there now for what was there before.
   *
   * @param publication what is looked at with it
   * @param tables those that are copied
   */
  public static CatalogWatch begin(
      PostgresQueries queries,
      StreamSource source,
      StreamPublication publication,
      Collection<TableId> tables) {
    Set<TableId> names = new TreeSet<>(tables);
    String moment = TablePart.moment(queries);
    CatalogFacts facts = CatalogFacts.read(queries, names);
    return new CatalogWatch(
        queries, source, publication, names, facts, moment, memory(facts, moment));
  }

  /**
   * Compares what is there now with what is remembered; where nothing is, it is {@link #begin}.
   * Tables that are remembered and no longer selected are passed over.
   *
   * @throws DatabaseException fatal, if something has changed that matters
   */
  public static CatalogWatch resume(
      PostgresQueries queries,
      StreamSource source,
      StreamPublication publication,
      Collection<TableId> tables,
      SourceMemory memory) {
    CatalogFacts remembered = CatalogFacts.parse(memory);
    Set<TableId> selected = new TreeSet<>(remembered.tables());
    selected.removeIf(table -> !tables.contains(table) && !source.selection().selects(table));
    Set<TableId> names = new TreeSet<>(tables);
    names.addAll(selected);
    String moment = TablePart.moment(queries);
    CatalogFacts now = CatalogFacts.read(queries, names);
    String since = memory.facts().getOrDefault(MOMENT, "");
    requireSame(queries, source, publication, now, remembered.only(selected), since);
    Set<TableId> copied = new TreeSet<>(tables);
    CatalogFacts facts = now.only(copied);
    // Of facts that are the same an earlier moment is as good, and nothing has to be written down.
    boolean same = !since.isEmpty() && facts.equals(remembered);
    return new CatalogWatch(
        queries, source, publication, copied, facts, moment, memory(facts, same ? since : moment));
  }

  /**
   * Looks once.
   *
   * @throws DatabaseException fatal, if something has changed that matters
   */
  public void look() {
    publication.requireUnaltered(facts.byOid());
    String looked = TablePart.moment(queries);
    String seen = CatalogFacts.digest(queries, tables);
    if (seen.equals(digest)) {
      moment = looked;
      return;
    }
    CatalogFacts now = CatalogFacts.read(queries, tables);
    requireSame(queries, source, publication, now, facts, moment);
    if (!now.equals(facts)) {
      memory = memory(now, looked);
    }
    facts = now;
    moment = looked;
    // Read before the facts: what came between the two is looked at once more.
    digest = seen;
  }

  /** What to remember. */
  public SourceMemory memory() {
    return memory;
  }

  /** The partitioned ones among the tables, by their object ids. */
  Map<Long, TableId> partitioned() {
    Map<Long, TableId> roots = new TreeMap<>();
    for (TableId table : tables) {
      facts
          .table(table)
          .filter(there -> there.kind() == 'p')
          .ifPresent(there -> roots.put(there.oid(), table));
    }
    return roots;
  }

  /** What the log's description of each of these tables has to be; those that are there. */
  Map<Table, Announced> announced(List<Table> wanted) {
    Map<Table, Announced> announced = new HashMap<>();
    for (Table table : wanted) {
      boolean closed = source.selection().columnsOf(table.id()).isEmpty();
      // A publication of ours has none of them; another one may (publish_generated_columns, 18).
      boolean computed = source.isPublicationGiven();
      facts
          .table(table.id())
          .ifPresent(there -> announced.put(table, there.announced(closed, computed)));
    }
    return announced;
  }

  private static void requireSame(
      PostgresQueries queries,
      StreamSource source,
      StreamPublication publication,
      CatalogFacts now,
      CatalogFacts before,
      String moment) {
    Map<Long, TableId> gone = new TreeMap<>(before.byOid());
    gone.values().removeAll(now.tables());
    Map<Long, TableId> renamed =
        gone.isEmpty() ? Map.of() : CatalogFacts.names(queries, gone.keySet());
    List<String> changes = new ArrayList<>(now.changedSince(before, renamed, source.selection()));
    if (changes.isEmpty()) {
      for (TableId table : before.tables()) {
        TableFacts former = before.table(table).orElseThrow();
        now.table(table)
            .flatMap(
                there ->
                    Rewriting.unloggedSince(
                            queries, table, former, there, publication.isNamed(there.oid()), moment)
                        .or(() -> computedOtherwise(queries, source, table, former, there)))
            .ifPresent(change -> changes.add("table " + table + " was altered: " + change));
      }
    }
    if (!changes.isEmpty()) {
      throw new DatabaseException(
          Kind.FATAL,
          "source: "
              + String.join("; ", changes)
              + ". PostgreSQL's log tells of rows and not of this, so the target cannot follow it."
              + " Drop the stream with ./tidemark drop and copy again; or take the table out of the"
              + " job (tables that are put in again later are copied again). Where only columns"
              + " were added, it is enough to list the former ones under source.columns");
    }
  }

  /** Where columns are listed, generated ones are not among them. */
  private static Optional<String> computedOtherwise(
      PostgresQueries queries,
      StreamSource source,
      TableId table,
      TableFacts former,
      TableFacts there) {
    return source.selection().columnsOf(table).isPresent()
        ? Optional.empty()
        : NewLeaves.computedOtherwise(queries, former, there);
  }
}
