package io.tidemark.database.postgres.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.catalog.PostgresCatalog;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.schema.TableId;
import io.tidemark.settings.SchemaChanges;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A publication that somebody else has made and keeps, so that the stream's role need own nothing.
 * Who wrote its catalog rows is kept in the ledger: whatever left a change out, be it for a moment,
 * has written one of them anew. It may publish more than the stream's tables.
 */
public final class GivenPublication implements StreamPublication {

  private static final String FACT = "publication";
  private static final String BY_ITSELF = "by itself ";
  private static final String WITH_SCHEMA = "with its schema ";
  private static final String UNDONE =
      "some changes may not have been published, also if it was set back";

  /** Options that a version does not have are null in the JSON of its row. */
  private static final String ROWS =
      """
      WITH p AS (SELECT p.oid, p.xmin, p.puballtables, pg_catalog.to_jsonb(p) AS row
                 FROM pg_catalog.pg_publication AS p WHERE p.pubname = ?)
      SELECT 'publication', p.oid::int8, p.xmin::text, '',
             p.puballtables, (p.row ->> 'pubviaroot')::bool,
             (p.row ->> 'pubinsert')::bool AND (p.row ->> 'pubupdate')::bool
               AND (p.row ->> 'pubdelete')::bool AND (p.row ->> 'pubtruncate')::bool
               AND coalesce(p.row ->> 'pubgencols', 'n') IN ('n', 'false')
      FROM p
      UNION ALL
      SELECT 'table', r.prrelid::int8, r.xmin::text, '', false, false,
             pg_catalog.to_jsonb(r) ->> 'prqual' IS NULL
               AND pg_catalog.to_jsonb(r) ->> 'prattrs' IS NULL
      FROM p JOIN pg_catalog.pg_publication_rel AS r ON r.prpubid = p.oid
      WHERE r.prrelid = ANY (?::pg_catalog.oid[])
      """;

  /** PostgreSQL 15 and later. */
  private static final String SCHEMAS =
      """
      UNION ALL
      SELECT 'schema', s.pnnspid::int8, s.xmin::text, n.nspname, false, false, true
      FROM p JOIN pg_catalog.pg_publication_namespace AS s ON s.pnpubid = p.oid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = s.pnnspid
      """;

  /**
   * That a table belongs to its schema is written when it is made, and when it is moved from one
   * schema to another (tablecmds.c, AlterRelationNamespaceInternal); by nothing else.
   */
  private static final String MOVED =
      """
      SELECT n.nspname, c.relname, d.xmin::text
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
          AND d.objsubid = 0
          AND d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
          AND d.refobjid = n.oid
      WHERE c.oid = ANY (?::pg_catalog.oid[])
      """;

  /**
   * How the server publishes tables at one moment.
   *
   * @param itself the publication's own row, and who wrote it
   * @param ways how each table is published, by object id; not those that are not
   * @param cut tables of which rows or columns are left out
   */
  private record State(
      String itself, boolean whole, boolean viaRoot, Map<Long, String> ways, Set<Long> cut) {}

  /**
   * Why it does not serve.
   *
   * @param remedy for whoever owns it
   */
  public record Problem(String text, String remedy) {}

  private final PostgresQueries queries;
  private final String name;
  private final String quoted;
  private String itself = "";
  private final Map<Long, String> ways = new TreeMap<>();

  /** What was copied of each table, and how its rows are told apart. */
  private final Map<Long, String> shapes = new TreeMap<>();

  /** Tables that are published now, and may not have been in transactions that are open. */
  private final Set<Long> unsettled = new HashSet<>();

  private List<String> partitionLines = List.of();

  /**
   * Borrows {@code queries}, and asks nothing yet.
   *
   * @param name the publication's, unquoted
   * @param memory of the last look
   */
  public GivenPublication(PostgresQueries queries, String name, SourceMemory memory) {
    this.queries = queries;
    this.name = name;
    this.quoted = Identifiers.quote(name);
    String remembered = memory.facts().get(FACT);
    if (remembered != null) {
      List<String> lines = List.of(remembered.split("\n", -1));
      itself = lines.get(0);
      partitionLines = lines.stream().filter(Partitions::isLine).toList();
      for (String line : lines.subList(1, lines.size())) {
        if (!Partitions.isLine(line)) {
          String[] parts = line.split(" ", 3);
          long oid = Long.parseLong(parts[0]);
          shapes.put(oid, parts[1]);
          ways.put(oid, parts[2]);
        }
      }
    }
  }

  /** What has to be changed before it serves for these tables; everything at once. */
  public List<Problem> problems(List<PostgresCatalog.Entry> tables) {
    return problems(read(ids(tables)), tables);
  }

  private List<Problem> problems(Optional<State> read, List<PostgresCatalog.Entry> tables) {
    return read.map(state -> problems(state, tables))
        .orElseGet(
            () ->
                List.of(
                    new Problem(
                        "there is no publication " + name,
                        "CREATE PUBLICATION "
                            + quoted
                            + " FOR TABLE "
                            + list(tables)
                            + " WITH (publish_via_partition_root = true)")));
  }

  private List<Problem> problems(State state, List<PostgresCatalog.Entry> tables) {
    List<Problem> problems = new ArrayList<>();
    if (!state.whole()) {
      problems.add(
          new Problem(
              "publication " + name + " leaves kinds of changes out, or has generated columns in",
              "ALTER PUBLICATION "
                  + quoted
                  + " SET (publish = 'insert, update, delete, truncate')"));
    }
    if (!state.viaRoot() && tables.stream().anyMatch(PostgresCatalog.Entry::partitioned)) {
      problems.add(
          new Problem(
              "publication " + name + " publishes partitions under their own names",
              "ALTER PUBLICATION " + quoted + " SET (publish_via_partition_root = true)"));
    }
    List<PostgresCatalog.Entry> missing =
        tables.stream().filter(entry -> !state.ways().containsKey(entry.oid())).toList();
    if (!missing.isEmpty()) {
      problems.add(
          new Problem(
              "publication " + name + " does not publish " + list(missing),
              "ALTER PUBLICATION " + quoted + " ADD TABLE " + list(missing)));
    }
    List<PostgresCatalog.Entry> cut =
        tables.stream().filter(entry -> state.cut().contains(entry.oid())).toList();
    if (!cut.isEmpty()) {
      problems.add(
          new Problem(
              "publication " + name + " leaves rows or columns out of " + list(cut),
              "take the tables out of it (ALTER PUBLICATION "
                  + quoted
                  + " DROP TABLE "
                  + list(cut)
                  + ") and add them without WHERE and without columns; what is not to be copied is"
                  + " left out by source.where and source.columns"));
    }
    return problems;
  }

  @Override
  public void begin(List<PostgresCatalog.Entry> tables, Partitions partitions) {
    adopt(requireServing(tables), tables);
    settle(tables, partitions);
  }

  @Override
  public boolean adapt(
      List<PostgresCatalog.Entry> tables, Partitions partitions, SchemaChanges changes) {
    Map<Long, TableId> known = new TreeMap<>();
    tables.stream()
        .filter(entry -> ways.containsKey(entry.oid()))
        .forEach(entry -> known.put(entry.oid(), entry.table().id()));
    requireUnaltered(known);
    for (PostgresCatalog.Entry entry : tables) {
      if (known.containsKey(entry.oid()) && !entry.shape().equals(shapes.get(entry.oid()))) {
        throw StreamPublication.reshaped(entry.table().id());
      }
    }
    partitions
        .unloggedSince(Partitions.parse(partitionLines), false)
        .ifPresent(problem -> Publication.unlogged(problem, changes));
    adopt(requireServing(tables), tables);
    unsettled.clear();
    unsettled.addAll(ids(tables));
    unsettled.removeAll(known.keySet());
    if (unsettled.isEmpty()) {
      settle(tables, partitions);
    }
    return !unsettled.isEmpty();
  }

  private State requireServing(List<PostgresCatalog.Entry> tables) {
    Optional<State> state = read(ids(tables));
    List<Problem> problems = problems(state, tables);
    if (!problems.isEmpty()) {
      throw new DatabaseException(
          Kind.FATAL,
          "source.publication: "
              + problems.stream()
                  .map(
                      problem -> problem.text() + " (its owner mends it: " + problem.remedy() + ")")
                  .collect(Collectors.joining("; ")));
    }
    return state.orElseThrow(this::gone);
  }

  private void adopt(State state, List<PostgresCatalog.Entry> tables) {
    itself = state.itself();
    ways.clear();
    ways.putAll(state.ways());
    shapes.clear();
    tables.forEach(entry -> shapes.put(entry.oid(), entry.shape()));
  }

  @Override
  public void settle(List<PostgresCatalog.Entry> tables, Partitions partitions) {
    unsettled.clear();
    List<String> lines = new ArrayList<>();
    tables.forEach(entry -> lines.addAll(partitions.print(entry.oid())));
    partitionLines = lines;
  }

  @Override
  public void requireUnaltered(Map<Long, TableId> tables) {
    State now = read(tables.keySet()).orElseThrow(this::gone);
    if (!now.itself().equals(itself)) {
      throw StreamPublication.lost("the publication " + name + " was altered or made anew", UNDONE);
    }
    tables.forEach(
        (oid, table) -> {
          String way = now.ways().get(oid);
          if (way == null) {
            throw StreamPublication.lost(
                "table " + table + " is no longer in the publication " + name,
                "it was dropped, or taken out of it, and the log does not tell of it any more");
          }
          if (!isSameWay(way, ways.get(oid)) || now.cut().contains(oid)) {
            throw StreamPublication.lost(
                "the publication " + name + " was altered (table " + table + ")", UNDONE);
          }
        });
  }

  @Override
  public boolean isNamed(long table) {
    return ways.getOrDefault(table, "").startsWith(BY_ITSELF);
  }

  @Override
  public SourceMemory keptIn(SourceMemory memory) {
    List<String> lines = new ArrayList<>();
    lines.add(itself);
    ways.forEach(
        (oid, way) -> {
          if (!unsettled.contains(oid)) {
            lines.add(oid + " " + shapes.get(oid) + " " + way);
          }
        });
    lines.addAll(partitionLines);
    return memory.with(FACT, String.join("\n", lines));
  }

  private DatabaseException gone() {
    return StreamPublication.lost(
        "the publication " + name + " is gone",
        "what was changed since it was dropped is not in the log for this job");
  }

  private Optional<State> read(Collection<Long> oids) {
    record Row(
        String kind,
        long oid,
        String writer,
        String name,
        boolean all,
        boolean root,
        boolean whole) {}
    boolean schemas =
        queries.one(
            "asking for the server's version",
            "SELECT pg_catalog.current_setting('server_version_num')::int4 >= 150000",
            row -> row.getBoolean(1));
    Long[] wanted = oids.toArray(Long[]::new);
    List<Row> rows =
        queries.list(
            "looking at the publication " + name,
            ROWS + (schemas ? SCHEMAS : ""),
            row ->
                new Row(
                    row.getString(1),
                    row.getLong(2),
                    row.getString(3),
                    row.getString(4),
                    row.getBoolean(5),
                    row.getBoolean(6),
                    row.getBoolean(7)),
            name,
            wanted);
    Optional<Row> own = rows.stream().filter(row -> row.kind().equals("publication")).findFirst();
    if (own.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> bySchema =
        rows.stream()
            .filter(row -> row.kind().equals("schema"))
            .collect(Collectors.toMap(Row::name, Row::writer));
    Map<Long, Row> byTable =
        rows.stream()
            .filter(row -> row.kind().equals("table"))
            .collect(Collectors.toMap(Row::oid, row -> row));
    Map<TableId, String> moved = new TreeMap<>();
    if (!bySchema.isEmpty()) {
      queries.list(
          "looking when the tables came into their schemas",
          MOVED,
          row -> moved.put(new TableId(row.getString(1), row.getString(2)), row.getString(3)),
          (Object) wanted);
    }
    Map<Long, String> found = new LinkedHashMap<>();
    Set<Long> cut = new HashSet<>();
    CatalogFacts.names(queries, oids)
        .forEach(
            (oid, table) -> {
              Row row = byTable.get(oid);
              if (row != null && !row.whole()) {
                cut.add(oid);
              }
              String way =
                  way(row == null ? null : row.writer(), own.get().all(), table, bySchema, moved);
              if (way != null) {
                found.put(oid, way);
              }
            });
    return Optional.of(
        new State(
            own.get().oid() + " " + own.get().writer(),
            own.get().whole(),
            own.get().root(),
            found,
            cut));
  }

  private static @Nullable String way(
      @Nullable String writer,
      boolean all,
      TableId table,
      Map<String, String> bySchema,
      Map<TableId, String> moved) {
    if (writer != null) {
      return BY_ITSELF + writer;
    }
    if (all) {
      return "with all";
    }
    String schema = bySchema.get(table.schema());
    return schema == null ? null : WITH_SCHEMA + schema + " " + moved.getOrDefault(table, "");
  }

  /** One that was remembered by an earlier version does not say who has put it into its schema. */
  private static boolean isSameWay(String now, @Nullable String before) {
    return now.equals(before)
        || before != null
            && before.startsWith(WITH_SCHEMA)
            && before.indexOf(' ', WITH_SCHEMA.length()) < 0
            && now.startsWith(before + " ");
  }

  private static List<Long> ids(List<PostgresCatalog.Entry> tables) {
    return tables.stream().map(PostgresCatalog.Entry::oid).toList();
  }

  private static String list(List<PostgresCatalog.Entry> tables) {
    return tables.stream()
        .map(entry -> Identifiers.quote(entry.table().id()))
        .collect(Collectors.joining(", "));
  }
}
