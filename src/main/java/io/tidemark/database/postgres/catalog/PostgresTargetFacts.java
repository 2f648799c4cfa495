package io.tidemark.database.postgres.catalog;

import io.tidemark.database.jdbc.TargetFacts;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What PostgreSQL's catalog says of tables that are written to. What cannot change what a row
 * becomes (indexes, privileges, comments, statistics, defaults of columns that are always written,
 * constraints, which refuse a row aloud) is not in it. What the labels of enumerations and the
 * fields of composite types are called is: a stored value names them by number.
 */
public final class PostgresTargetFacts implements TargetFacts {

  /**
   * Triggers and rules are those that fire for a session in the role of a replica (PostgreSQL
   * manual, ALTER TABLE); a rule for SELECT makes a view and is no table's. A partitioned table is
   * the tree below it: rows go through the triggers of the partition that takes them. A table that
   * inherits takes none of them, but whoever reads the table reads its rows too.
   */
  private static final String FACTS =
      """
      WITH RECURSIVE t AS (
        SELECT w.schema, w.name, c.oid, c.relkind
        FROM unnest(?::text[], ?::text[]) AS w (schema, name)
        JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name
        WHERE c.relkind IN ('r', 'p')),
      tree (root, oid, kind) AS (
        SELECT oid, oid, relkind FROM t
        UNION ALL
        SELECT tree.root, c.oid, c.relkind FROM tree
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid
        JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
        WHERE tree.kind = 'p'),
      heir (root, oid) AS (
        SELECT t.oid, i.inhrelid FROM t
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.oid WHERE t.relkind = 'r'
        UNION
        SELECT heir.root, i.inhrelid FROM heir
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = heir.oid),
      part AS (
        SELECT tree.root, c.oid, c.relname, c.relkind, c.relfilenode, c.relpersistence,
               c.relhastriggers, c.relhasrules
        FROM tree JOIN pg_catalog.pg_class AS c ON c.oid = tree.oid),
      obstacle (root, line) AS (
        SELECT p.root, 'trigger ' || pg_catalog.quote_ident(g.tgname) || ' '
                 || p.oid::pg_catalog.regclass::text
        FROM part AS p JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = p.oid
        WHERE p.relhastriggers AND g.tgenabled IN ('A', 'R')
        UNION ALL
        SELECT p.root, 'rule ' || pg_catalog.quote_ident(r.rulename) || ' '
                 || p.oid::pg_catalog.regclass::text
        FROM part AS p JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = p.oid
        WHERE p.relhasrules AND r.ev_enabled IN ('A', 'R') AND r.ev_type <> '1'
        UNION ALL
        SELECT p.root, 'unlogged - ' || p.oid::pg_catalog.regclass::text
        FROM part AS p WHERE p.relkind <> 'p' AND p.relpersistence <> 'p'),
      used (root, id) AS (
        SELECT t.oid, a.atttypid FROM t JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid
        WHERE a.attnum > 0 AND NOT a.attisdropped AND a.atttypid >= 16384
        UNION
        SELECT u.root, part.id
        FROM used AS u JOIN pg_catalog.pg_type AS ty ON ty.oid = u.id
        CROSS JOIN LATERAL (
          SELECT ty.typbasetype AS id
          UNION ALL SELECT ty.typelem
          UNION ALL SELECT f.atttypid FROM pg_catalog.pg_attribute AS f
          WHERE ty.typtype = 'c' AND f.attrelid = ty.typrelid AND f.attnum > 0
            AND NOT f.attisdropped) AS part
        WHERE part.id >= 16384),
      word (root, line, name) AS (
        SELECT u.root, pg_catalog.concat_ws(' ', 'label:' || e.oid, e.enumtypid, '0', '0', '-'),
               e.enumlabel::text
        FROM used AS u JOIN pg_catalog.pg_enum AS e ON e.enumtypid = u.id
        UNION ALL
        SELECT u.root, pg_catalog.concat_ws(' ', 'field:' || f.attrelid || '.' || f.attnum,
                 f.atttypid, f.atttypmod, f.attcollation, '-'), f.attname::text
        FROM used AS u JOIN pg_catalog.pg_type AS ty ON ty.oid = u.id AND ty.typtype = 'c'
        JOIN pg_catalog.pg_attribute AS f
          ON f.attrelid = ty.typrelid AND f.attnum > 0 AND NOT f.attisdropped),
      facts AS (
        SELECT t.schema, t.name,
               pg_catalog.concat_ws(' ', t.oid, t.relkind)
                 || coalesce((
                   SELECT E'\\n' || pg_catalog.string_agg(
                     pg_catalog.concat_ws(' ', a.attnum, a.atttypid, a.atttypmod, a.attcollation,
                       CASE WHEN a.attgenerated = '' THEN '-' ELSE a.attgenerated::text
                         || ':' || pg_catalog.current_setting('server_version_num')::int / 10000
                         || ':' || coalesce((
                           SELECT pg_catalog.md5(d.adbin::text) FROM pg_catalog.pg_attrdef AS d
                           WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum), '') END,
                       pg_catalog.replace(pg_catalog.replace(a.attname::text, pg_catalog.chr(92),
                         pg_catalog.chr(92) || pg_catalog.chr(92)), pg_catalog.chr(10),
                         pg_catalog.chr(92) || 'n')),
                     E'\\n' ORDER BY a.attnum)
                   FROM pg_catalog.pg_attribute AS a
                   WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped), '')
                 || coalesce((
                   SELECT E'\\n' || pg_catalog.string_agg(w.line || ' ' || pg_catalog.replace(
                     pg_catalog.replace(w.name, pg_catalog.chr(92),
                       pg_catalog.chr(92) || pg_catalog.chr(92)), pg_catalog.chr(10),
                     pg_catalog.chr(92) || 'n'), E'\\n' ORDER BY w.line)
                   FROM word AS w WHERE w.root = t.oid), '')
                 AS meaning,
               coalesce((
                 SELECT pg_catalog.string_agg(p.oid || ':' || p.relfilenode, ' ' ORDER BY p.oid)
                 FROM part AS p WHERE p.root = t.oid AND p.relkind <> 'p'), '')
                 || coalesce((
                   SELECT pg_catalog.string_agg(' ' || h.oid || ':heir', '' ORDER BY h.oid)
                   FROM heir AS h WHERE h.root = t.oid), '') AS file,
               ARRAY(SELECT o.line FROM obstacle AS o WHERE o.root = t.oid ORDER BY 1)
                 AS obstacles
        FROM t)
      """;

  private static final String ALL =
      FACTS + "SELECT schema, name, meaning, file, obstacles FROM facts";

  /** Sorted, as a hash is of one order. */
  private static final String DIGEST =
      FACTS
          + """
          SELECT coalesce(pg_catalog.md5(pg_catalog.string_agg(pg_catalog.md5(pg_catalog.concat_ws(' ',
            schema, name, meaning, file, obstacles::text)), '' ORDER BY schema, name)), '')
          FROM facts
          """;

  /** Of a table that inherits in place of its file: what is in it is not watched further. */
  private static final String HEIR = "heir";

  private static final String JOINED =
      """
      WITH RECURSIVE way (parent, joined) AS (
        SELECT i.inhparent, i.xmin FROM pg_catalog.pg_inherits AS i
        WHERE i.inhrelid = ?::bigint::oid
        UNION ALL
        SELECT i.inhparent, i.xmin FROM way
        JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = way.parent)
      SELECT joined::text FROM way ORDER BY pg_catalog.age(joined) LIMIT 1
      """;

  private static final String LAST_WRITE =
      "SELECT xmin::text FROM tidemark.progress WHERE stream = ?";

  private static final String LEDGER =
      "SELECT d.oid || ' ' || 'tidemark.progress'::pg_catalog.regclass::oid"
          + " FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()";

  @Override
  public Map<TableId, Fact> read(Connection connection, Collection<TableId> tables) {
    Map<TableId, Fact> facts = new TreeMap<>();
    new PostgresQueries(connection)
        .list(
            "reading what the target's catalog says of the tables",
            ALL,
            row ->
                facts.put(
                    new TableId(row.getString(1), row.getString(2)),
                    new Fact(
                        row.getString(3),
                        row.getString(4),
                        List.of((String[]) row.getArray(5).getArray()).stream()
                            .map(PostgresTargetFacts::obstacle)
                            .toList())),
            schemas(tables),
            names(tables));
    return facts;
  }

  @Override
  public String digest(Connection connection, Collection<TableId> tables) {
    return new PostgresQueries(connection)
        .one(
            "looking at what the target's catalog says of the tables",
            DIGEST,
            row -> row.getString(1),
            schemas(tables),
            names(tables));
  }

  private static String[] schemas(Collection<TableId> tables) {
    return tables.stream().sorted().map(TableId::schema).toArray(String[]::new);
  }

  private static String[] names(Collection<TableId> tables) {
    return tables.stream().sorted().map(TableId::name).toArray(String[]::new);
  }

  /** A name of a trigger or rule may have spaces; the table's comes last. */
  private static Obstacle obstacle(String line) {
    int kind = line.indexOf(' ');
    String rest = line.substring(kind + 1);
    switch (line.substring(0, kind)) {
      case "unlogged":
        String unlogged = rest.substring(2);
        return new Obstacle(
            "keeps its rows in an UNLOGGED table ("
                + unlogged
                + "), which a crash of the server empties while the ledger goes on",
            "ALTER TABLE " + unlogged + " SET LOGGED");
      case "rule":
        return fires("has a rule that changes what becomes of replicated rows", "RULE", rest);
      default:
        return fires("has a trigger that fires for replicated rows", "TRIGGER", rest);
    }
  }

  private static Obstacle fires(String problem, String kind, String nameAndTable) {
    int end = endOfName(nameAndTable);
    String name = nameAndTable.substring(0, end);
    String table = nameAndTable.substring(end + 1);
    return new Obstacle(
        problem + ": " + name + " on " + table,
        "Drop it, or let it fire for other sessions only: ALTER TABLE "
            + table
            + " ENABLE "
            + kind
            + " "
            + name);
  }

  private static int endOfName(String quoted) {
    if (quoted.charAt(0) != '"') {
      return quoted.indexOf(' ');
    }
    int at = 1;
    while (quoted.charAt(at) != '"' || quoted.charAt(at + 1) == '"') {
      at += quoted.charAt(at) == '"' ? 2 : 1;
    }
    return at + 1;
  }

  @Override
  public String ledger(Connection connection) {
    return new PostgresQueries(connection)
        .one("looking which ledger this is", LEDGER, row -> row.getString(1));
  }

  @Override
  public String moment(Connection connection, String stream) {
    return TablePart.moment(new PostgresQueries(connection));
  }

  @Override
  public Optional<String> lastWrite(Connection connection, String stream) {
    return new PostgresQueries(connection)
        .first("asking for the stream's last commit", LAST_WRITE, row -> row.getString(1), stream);
  }

  @Override
  public Optional<String> change(Fact before, Fact now) {
    if (before.meaning().equals(now.meaning())) {
      return Optional.empty();
    }
    String[] former = before.meaning().split("\n", -1);
    String[] present = now.meaning().split("\n", -1);
    if (!former[0].equals(present[0])) {
      return Optional.of(
          "it is another table than the one that the stream has written: that was dropped and made"
              + " anew, restored by itself, or another one was renamed to its name");
    }
    Map<String, String[]> columns = new LinkedHashMap<>();
    for (int i = 1; i < present.length; i++) {
      String[] column = present[i].split(" ", 6);
      columns.put(column[0], column);
    }
    for (int i = 1; i < former.length; i++) {
      String[] column = former[i].split(" ", 6);
      Optional<String> change = change(column, columns.get(column[0]));
      if (change.isPresent()) {
        return change;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> change(
      String[] former, String @org.jspecify.annotations.Nullable [] now) {
    int kind = former[0].indexOf(':');
    String name =
        kind < 0
            ? "column " + former[5]
            : former[0].substring(0, kind) + " " + former[5] + " of the type of a column";
    if (now == null) {
      return Optional.of(name + " was dropped");
    }
    if (!now[5].equals(former[5])) {
      return Optional.of(name + " was renamed to " + now[5]);
    }
    if (!isGeneratedAlike(former[4], now[4])) {
      return Optional.of(name + " is generated otherwise than before");
    }
    boolean same = now[1].equals(former[1]) && now[3].equals(former[3]);
    if (!same || !(now[2].equals(former[2]) || takesMore(now[1], former[2], now[2]))) {
      return Optional.of(
          name + " has another type, precision or collation, which may have changed its values");
    }
    return Optional.empty();
  }

  /**
   * An expression is compared with one of the same major version, as each keeps it in a form of its
   * own; facts of an older Tidemark have none.
   */
  private static boolean isGeneratedAlike(String former, String now) {
    String[] before = former.split(":", 3);
    String[] after = now.split(":", 3);
    boolean sameForm = before.length == 3 && after.length == 3 && before[1].equals(after[1]);
    return before[0].equals(after[0]) && (!sameForm || before[2].equals(after[2]));
  }

  /** A longer varchar, or one without a limit, stores what it stored (oid 1043, pg_type.dat). */
  private static boolean takesMore(String type, String former, String now) {
    return type.equals("1043")
        && (now.equals("-1")
            || (!former.equals("-1") && Long.parseLong(now) > Long.parseLong(former)));
  }

  @Override
  public boolean isMoved(Fact before, Fact now) {
    return !files(before).equals(files(now));
  }

  /** Parts that have another file than before. */
  private static List<String> moved(Fact before, Fact now) {
    Map<String, String> former = files(before);
    List<String> moved = new ArrayList<>();
    files(now)
        .forEach(
            (oid, file) -> {
              if (!file.equals(former.getOrDefault(oid, file))) {
                moved.add(oid);
              }
            });
    return moved;
  }

  private static Map<String, String> files(Fact fact) {
    Map<String, String> files = new LinkedHashMap<>();
    for (String part : fact.file().split(" ")) {
      int colon = part.indexOf(':');
      if (colon > 0) {
        files.put(part.substring(0, colon), part.substring(colon + 1));
      }
    }
    return files;
  }

  /**
   * {@inheritDoc}
   *
   * <p>VACUUM FULL, CLUSTER and a move to another tablespace carry every row over with the
   * transaction id that wrote it (rewriteheap.c), so that there is one that was written before the
   * table was last seen. TRUNCATE leaves none, and ALTER TABLE, where it writes all rows anew,
   * gives them its own id (tablecmds.c, ATRewriteTable).
   *
   * <p>A partition that has gone has taken its rows away, whatever has come in its place. One that
   * has come brings those that were in it before it was attached. A table that inherits is never
   * written to by the stream.
   */
  @Override
  public boolean keptRows(
      Connection connection, TableId table, Fact before, Fact now, boolean filled, String moment) {
    PostgresQueries queries = new PostgresQueries(connection);
    Map<String, String> former = files(before);
    Map<String, String> present = files(now);
    for (Map.Entry<String, String> part : present.entrySet()) {
      if (!former.containsKey(part.getKey())
          && bringsRows(queries, table, part.getKey(), part.getValue().equals(HEIR))) {
        return false;
      }
    }
    if (!filled) {
      return true;
    }
    for (Map.Entry<String, String> part : former.entrySet()) {
      if (!present.containsKey(part.getKey()) && !part.getValue().equals(HEIR)) {
        return false;
      }
    }
    for (String oid : moved(before, now)) {
      Optional<TablePart> part = TablePart.find(queries, table, oid);
      if (part.isEmpty() || !part.get().hasRowOf(queries, moment)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a part that has come has rows that the stream did not write. It takes rows of the
   * stream only after it has become one, by the last step of its way to the table.
   */
  private static boolean bringsRows(
      PostgresQueries queries, TableId table, String oid, boolean heir) {
    Optional<TablePart> part = TablePart.find(queries, table, oid);
    if (part.isEmpty()) {
      return true;
    }
    if (heir) {
      return part.get().hasRow(queries, "true");
    }
    return queries
        .first(
            "looking when a part of table " + table + " became one",
            JOINED,
            row -> row.getString(1),
            oid)
        .map(
            joined ->
                part.get()
                    .hasRow(
                        queries, "pg_catalog.age(xmin) >= pg_catalog.age(?::text::xid)", joined))
        .orElse(true);
  }

  @Override
  public boolean isEmpty(Connection connection, TableId table) {
    return new PostgresQueries(connection)
        .one(
            "looking for rows of table " + table,
            "SELECT NOT EXISTS (SELECT FROM " + Identifiers.quote(table) + ")",
            row -> row.getBoolean(1));
  }
}
