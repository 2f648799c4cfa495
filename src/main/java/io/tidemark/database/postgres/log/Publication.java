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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream's publication: which tables' changes the server sends.
 *
 * <p>Its comment keeps the object ids of the tables it was made for. The server takes a dropped
 * table out of a publication without a word; with the ids, a table that was dropped and created
 * again, or taken out by hand, is told from one that is new to the job. It keeps their partitions
 * too, of which the log does not tell.
 */
public final class Publication implements StreamPublication {

  private static final Pattern MEMBER = Pattern.compile("([0-9]+) ([0-9a-f]{16}) (.*)");

  /**
   * The first line of the comment: the transactions of Tidemark's that have written the rows of the
   * publication in the catalog. Their ids are told from others by being the same, and not by being
   * earlier: the catalog keeps the lower half of an id only, and which of two halves is the earlier
   * one cannot be told any more 2^31 transactions later (manual, 24.1.5).
   */
  private static final Pattern WRITERS = Pattern.compile("written by ([0-9]+(?:,[0-9]+)*)");

  private static final Logger LOG = LoggerFactory.getLogger(Publication.class);

  private static final int LOCK_ATTEMPTS = 30;

  /** Each takes a lock, and a server has room for 6,400 with its usual settings (manual, 19.12). */
  private static final int TABLES_AT_ONCE = 500;

  /** A table as it was when it was taken in. */
  private record Member(long oid, String shape) {}

  private final PostgresQueries queries;
  private final String name;

  /** What the comment says of its {@link #WRITERS}; empty as long as it has not been read. */
  private Optional<Set<Long>> writers = Optional.empty();

  /** Whether a comment was seen that names them; that of an older Tidemark does not. */
  private boolean signed;

  /**
   * Borrows {@code queries}, and asks nothing yet.
   *
   * @param name the publication's, unquoted
   */
  public Publication(PostgresQueries queries, String name) {
    this.queries = queries;
    this.name = name;
  }

  /** Creates it, in place of one that may be there. */
  @Override
  public void begin(List<PostgresCatalog.Entry> tables, Partitions partitions) {
    String what = "creating the publication " + name;
    List<String> statements = new ArrayList<>();
    statements.add(
        "DROP PUBLICATION IF EXISTS "
            + Identifiers.quote(name)
            + "; CREATE PUBLICATION "
            + Identifiers.quote(name)
            + " WITH (publish = 'insert, update, delete, truncate', publish_via_partition_root ="
            + " true)");
    List<TableId> all = tables.stream().map(entry -> entry.table().id()).toList();
    statements.addAll(alterations("ADD", all));
    if (statements.size() == 2) {
      statements = List.of(String.join("; ", statements));
    }
    writers = Optional.of(Set.of());
    for (int i = 0; i < statements.size(); i++) {
      boolean isLast = i == statements.size() - 1;
      withLockTimeout(what, statements.get(i), writers, isLast ? tables : List.of(), partitions);
    }
  }

  /** In as many statements as a server's usual table of locks has room for, one by one. */
  private List<String> alterations(String verb, List<TableId> tables) {
    List<String> statements = new ArrayList<>();
    for (int from = 0; from < tables.size(); from += TABLES_AT_ONCE) {
      statements.add(
          "ALTER PUBLICATION "
              + Identifiers.quote(name)
              + " "
              + verb
              + " TABLE "
              // Without its children, which are tables of their own; a partitioned one has its
              // leaves.
              + tables.subList(from, Math.min(tables.size(), from + TABLES_AT_ONCE)).stream()
                  .map(id -> "ONLY " + Identifiers.quote(id))
                  .collect(Collectors.joining(", ")));
    }
    return statements;
  }

  /** The comment names a table only once it is settled, so that this is known after a crash too. */
  @Override
  public boolean adapt(
      List<PostgresCatalog.Entry> tables, Partitions partitions, SchemaChanges changes) {
    String comment =
        queries
            .first(
                "reading the publication " + name,
                "SELECT coalesce(pg_catalog.obj_description(oid, 'pg_publication'), ''),"
                    + " pubviaroot AND pubinsert AND pubupdate AND pubdelete AND pubtruncate"
                    + " FROM pg_catalog.pg_publication WHERE pubname = ?",
                row -> {
                  requireWhole(row.getBoolean(2));
                  return row.getString(1);
                },
                name)
            .orElseThrow(this::gone);
    Map<Long, TableId> published = published();
    List<String> lines = comment.isBlank() ? List.of() : List.of(comment.split("\n", -1));
    writers = lines.isEmpty() ? Optional.empty() : writers(lines.get(0));
    Map<String, Member> announced = parse(lines);
    Partitions announcedParts = Partitions.parse(lines);
    for (PostgresCatalog.Entry entry : tables) {
      Member before = announced.get(line(entry));
      boolean stillPublished = published.containsKey(entry.oid());
      if (before != null && (before.oid() != entry.oid() || !stillPublished)) {
        throw StreamPublication.lost(
            "table " + entry.table().id() + " was taken out of the publication " + name,
            before.oid() != entry.oid()
                ? "it was dropped and created again, or renamed"
                : "what was changed since then is not in the log for this job");
      }
      if (before != null && !before.shape().equals(entry.shape())) {
        throw StreamPublication.reshaped(entry.table().id());
      }
    }
    requireUnaltered(Map.of());
    partitions
        .unloggedSince(announcedParts, false)
        .ifPresent(problem -> unlogged(problem, changes));
    Set<Long> wanted = tables.stream().map(PostgresCatalog.Entry::oid).collect(Collectors.toSet());
    List<PostgresCatalog.Entry> known =
        tables.stream().filter(entry -> announced.containsKey(line(entry))).toList();
    if (wanted.equals(published.keySet()) && announced.size() == known.size()) {
      if (!partitions.isSameAs(announcedParts)) {
        settle(known, partitions);
      }
      return known.size() < tables.size();
    }
    if (tables.isEmpty()) {
      throw new DatabaseException(
          Kind.FATAL, "the job's table patterns select no table of the source; correct them");
    }
    List<String> statements =
        new ArrayList<>(
            alterations(
                "DROP",
                published.entrySet().stream()
                    .filter(member -> !wanted.contains(member.getKey()))
                    .map(Map.Entry::getValue)
                    .toList()));
    statements.addAll(
        alterations(
            "ADD",
            tables.stream()
                .filter(entry -> !published.containsKey(entry.oid()))
                .map(entry -> entry.table().id())
                .toList()));
    for (String statement : statements) {
      withLockTimeout(
          "changing the tables of the publication " + name, statement, writers, known, partitions);
    }
    if (statements.isEmpty()) {
      settle(known, partitions);
    }
    return known.size() < tables.size();
  }

  /** A comment of a time in which writers were not noted was found in order, and notes them now. */
  @Override
  public void settle(List<PostgresCatalog.Entry> tables, Partitions partitions) {
    writers = Optional.of(writers.orElseGet(this::presentWriters));
    queries.execute("noting the tables of the publication " + name, comment(tables, partitions));
  }

  /**
   * Its comment names the transactions of every change that Tidemark makes: whatever row of the
   * publication another one has written, somebody else has. A table that is dropped goes without a
   * word.
   */
  @Override
  public void requireUnaltered(Map<Long, TableId> tables) {
    record Written(long table, String what, boolean foreign, boolean unsigned) {}
    // Of each writer one table, and those that are missing: 20,000 rows are not sent at every look.
    List<Written> rows =
        queries.list(
            "looking at the publication " + name,
            """
            WITH p AS (
              SELECT p.oid, p.xmin, d.xmin AS comment,
                     coalesce(pg_catalog.split_part(d.description, E'\\n', 1), '') AS line
              FROM pg_catalog.pg_publication AS p
              LEFT JOIN pg_catalog.pg_description AS d
                ON d.objoid = p.oid AND d.objsubid = 0
                   AND d.classoid = 'pg_catalog.pg_publication'::pg_catalog.regclass
              WHERE p.pubname = ?),
            r AS (
              SELECT r.prrelid, r.xmin::text::int8 AS writer
              FROM p JOIN pg_catalog.pg_publication_rel AS r ON r.prpubid = p.oid),
            w AS (SELECT writer, pg_catalog.max(prrelid::int8) AS one FROM r GROUP BY writer)
            SELECT 0, 'its options', p.xmin::text::int8, p.comment::text::int8, p.line FROM p
            UNION ALL
            SELECT 0, 'table ' || n.nspname || '.' || c.relname, w.writer, p.comment::text::int8, p.line
            FROM p CROSS JOIN w
            JOIN pg_catalog.pg_class AS c ON c.oid = w.one::pg_catalog.oid
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            UNION ALL
            SELECT wanted.oid, '', 0, 0, ''
            FROM p CROSS JOIN pg_catalog.unnest(?::pg_catalog.int8[]) AS wanted (oid)
            WHERE wanted.oid::pg_catalog.oid NOT IN (SELECT r.prrelid FROM r)
            """,
            row ->
                new Written(
                    row.getLong(1),
                    row.getString(2),
                    isForeign(row.getLong(3), row.getLong(4), writers(row.getString(5))),
                    row.getLong(3) != 0 && writers(row.getString(5)).isEmpty()),
            name,
            tables.keySet().toArray(Long[]::new));
    if (rows.isEmpty()) {
      throw gone();
    }
    Map<Long, TableId> missing = new TreeMap<>(tables);
    missing
        .keySet()
        .retainAll(rows.stream().map(Written::table).collect(Collectors.toUnmodifiableSet()));
    if (!missing.isEmpty()) {
      throw StreamPublication.lost(
          "table "
              + missing.values().iterator().next()
              + " is no longer in the publication "
              + name,
          "it was dropped, or taken out of it, and the log does not tell of it any more");
    }
    // A comment that names nobody, where it did before, hides whatever was altered before it.
    boolean isSigned = rows.stream().noneMatch(Written::unsigned);
    boolean hides = (signed || writers.isPresent()) && !isSigned;
    signed |= isSigned;
    rows.stream()
        .filter(row -> row.foreign() || hides)
        .findFirst()
        .ifPresent(
            altered -> {
              throw StreamPublication.lost(
                  "the publication "
                      + name
                      + " was altered ("
                      + (hides ? "its comment" : altered.what())
                      + ")",
                  "some changes may not have been published, also where it was set back");
            });
  }

  /** Its comment keeps all there is to know. */
  @Override
  public boolean isNamed(long table) {
    return true;
  }

  @Override
  public SourceMemory keptIn(SourceMemory memory) {
    return memory;
  }

  /**
   * Whether somebody else has written a row of the publication.
   *
   * @param written the transaction that did; 0 for no row
   * @param comment the one that wrote the comment; 0 if there is none, which Tidemark always writes
   * @param own what the comment says of Tidemark's. One of an earlier time says nothing: there,
   *     whoever wrote after the comment was written is somebody else, and ids are compared as the
   *     server does, in a circle (manual, 24.1.5)
   */
  static boolean isForeign(long written, long comment, Optional<Set<Long>> own) {
    return written != 0
        && (comment == 0
            || own.map(ids -> !ids.contains(written)).orElse((int) (written - comment) > 0));
  }

  private static Optional<Set<Long>> writers(String line) {
    Matcher matcher = WRITERS.matcher(line);
    return matcher.matches()
        ? Optional.of(
            Stream.of(matcher.group(1).split(","))
                .map(Long::valueOf)
                .collect(Collectors.toUnmodifiableSet()))
        : Optional.empty();
  }

  private Set<Long> presentWriters() {
    return Set.copyOf(
        queries.list(
            "looking at the publication " + name,
            """
            SELECT p.xmin::text::int8 FROM pg_catalog.pg_publication AS p WHERE p.pubname = ?
            UNION
            SELECT r.xmin::text::int8 FROM pg_catalog.pg_publication AS p
            JOIN pg_catalog.pg_publication_rel AS r ON r.prpubid = p.oid WHERE p.pubname = ?
            """,
            row -> row.getLong(1),
            name,
            name));
  }

  /** Within the transaction that has altered the publication. */
  private Set<Long> writersNow(Optional<Set<Long>> before) {
    Set<Long> present = presentWriters();
    long own =
        queries.one(
            "asking for the transaction's id",
            "SELECT pg_catalog.pg_current_xact_id()::text::int8 % 4294967296",
            row -> row.getLong(1));
    if (before.isPresent()
        && present.stream().anyMatch(id -> id != own && !before.get().contains(id))) {
      throw StreamPublication.lost(
          "the publication " + name + " was altered",
          "some changes may not have been published, also where it was set back");
    }
    return present;
  }

  private DatabaseException gone() {
    return StreamPublication.lost(
        "the publication " + name + " is gone",
        "what was changed since it was dropped is not in the log for this job");
  }

  /**
   * Rows came or went and the log does not tell of it.
   *
   * @throws DatabaseException fatal, unless such changes are ignored
   */
  public static void unlogged(String problem, SchemaChanges changes) {
    if (changes == SchemaChanges.IGNORE) {
      LOG.warn(
          "{}; the target's rows stay as they are, as source.schema-changes: ignore says", problem);
      return;
    }
    throw new DatabaseException(
        Kind.FATAL,
        "source: "
            + problem
            + ". PostgreSQL's log does not tell of the rows that came or went with it, so the target"
            + " does not have it. Bring the target's rows in line by hand (by DELETE and INSERT, or by"
            + " dropping the partition there too; a TRUNCATE there is taken for a loss) and start"
            + " once with source.schema-changes: ignore; or drop the stream with ./tidemark drop and copy"
            + " again");
  }

  private void requireWhole(boolean whole) {
    if (!whole) {
      throw StreamPublication.lost(
          "the options of the publication " + name + " were changed",
          "some changes may not have been published");
    }
  }

  private Map<Long, TableId> published() {
    Map<Long, TableId> published = new LinkedHashMap<>();
    queries.list(
        "reading the publication " + name,
        """
        SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_publication AS p
        JOIN pg_catalog.pg_publication_rel AS r ON r.prpubid = p.oid
        JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE p.pubname = ?
        """,
        row -> published.put(row.getLong(1), new TableId(row.getString(2), row.getString(3))),
        name);
    return published;
  }

  /**
   * Waits for the tables' locks for a few seconds at a time, so that nobody queues behind this for
   * long (a SHARE UPDATE EXCLUSIVE lock per table, which waits for a vacuum but for no writer).
   */
  private void withLockTimeout(
      String what,
      String statement,
      Optional<Set<Long>> before,
      List<PostgresCatalog.Entry> noted,
      Partitions partitions) {
    String sql = "BEGIN; SET LOCAL lock_timeout = '2s'; " + statement;
    for (int attempt = 1; ; attempt++) {
      try {
        queries.execute(what, sql);
        writers = Optional.of(writersNow(before));
        queries.execute(what, comment(noted, partitions) + "; COMMIT");
        return;
      } catch (DatabaseException e) {
        queries.execute("undoing a failed attempt", "ROLLBACK");
        if (e.kind() != Kind.RETRYABLE || attempt == LOCK_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private String comment(List<PostgresCatalog.Entry> tables, Partitions partitions) {
    return "COMMENT ON PUBLICATION "
        + Identifiers.quote(name)
        + " IS "
        + Identifiers.literal(print(tables, partitions));
  }

  private static String line(PostgresCatalog.Entry entry) {
    return Identifiers.line(Identifiers.quote(entry.table().id()));
  }

  private String print(List<PostgresCatalog.Entry> tables, Partitions partitions) {
    List<String> lines = new ArrayList<>();
    writers
        .filter(ids -> !ids.isEmpty())
        .ifPresent(
            ids ->
                lines.add(
                    "written by "
                        + ids.stream()
                            .sorted()
                            .map(String::valueOf)
                            .collect(Collectors.joining(","))));
    for (PostgresCatalog.Entry entry : tables) {
      lines.add(entry.oid() + " " + entry.shape() + " " + line(entry));
      lines.addAll(partitions.print(entry.oid()));
    }
    // An empty comment is none, and who finds none takes the publication for altered.
    return lines.isEmpty() ? " " : String.join("\n", lines);
  }

  private static Map<String, Member> parse(List<String> lines) {
    Map<String, Member> members = new LinkedHashMap<>();
    for (String line : lines) {
      if (Partitions.isLine(line) || WRITERS.matcher(line).matches()) {
        continue;
      }
      Matcher matcher = MEMBER.matcher(line);
      if (!matcher.matches()) {
        throw new DatabaseException(
            Kind.FATAL,
            "the comment of the publication is not one that Tidemark wrote: '"
                + line
                + "'; the comment keeps which tables were published and must not be changed. Set it"
                + " back to what it was if you know that; else drop the stream with ./tidemark drop"
                + " and copy again");
      }
      members.put(matcher.group(3), new Member(Long.parseLong(matcher.group(1)), matcher.group(2)));
    }
    return members;
  }
}
