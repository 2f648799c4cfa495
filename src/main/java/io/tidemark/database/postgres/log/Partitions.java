package io.tidemark.database.postgres.log;

import io.tidemark.database.postgres.catalog.PostgresCatalog;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which partitions partitioned tables have, and which file each has its rows in. PostgreSQL's log
 * does not tell when one of them is attached, detached, dropped or, by itself, truncated, although
 * rows come and go with it (manual, CREATE PUBLICATION: with publish_via_partition_root "TRUNCATE
 * operations performed directly on partitions are not replicated"; 29.8: DDL never is). The catalog
 * does, to whoever remembers what was there before.
 *
 * <p>Immutable.
 */
public final class Partitions {

  private static final Pattern LINE =
      Pattern.compile("partition ([0-9]+) ([0-9]+) ([0-9]+)(?:@([0-9]*))? (.*)", Pattern.DOTALL);

  /**
   * TRUNCATE forgets how many rows a table has, until the next ANALYZE; VACUUM FULL and CLUSTER,
   * which give it another file too, count them. They change the catalog's row of the table together
   * with that of the table of its large values (cluster.c, swap_relation_files), and a TRUNCATE one
   * after the other (tablecmds.c, ExecuteTruncateGuts). Where there is no such table, they have
   * made another one before, and a TRUNCATE that is the first of its transaction has done nothing
   * yet. A partition that was made as one has come into the tree in the transaction that made it,
   * with columns that are still as they were made: ATTACH writes all of them once more
   * (tablecmds.c, MergeAttributesIntoExisting), and what was written to the table before it, be it
   * in the same transaction, was never published. The columns of the system are never changed after
   * they were made.
   */
  private static final String SELECT =
      """
      WITH RECURSIVE tree (root, oid, since) AS (
        SELECT wanted.oid, wanted.oid, NULL::pg_catalog.xid
        FROM pg_catalog.unnest(?::pg_catalog.oid[]) AS wanted (oid)
        UNION ALL
        SELECT tree.root, i.inhrelid, i.xmin FROM tree
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.oid)
      SELECT tree.root::pg_catalog.int8, tree.oid::pg_catalog.int8,
             CASE WHEN c.relkind = 'r' THEN c.relfilenode::pg_catalog.int8 ELSE 0 END,
             c.reltuples < 0
               OR c.reltuples = 0
                  AND pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 140000,
             tree.since = made.xmin
               AND EXISTS (SELECT FROM pg_catalog.pg_attribute AS own
                           WHERE own.attrelid = c.oid AND own.attnum > 0
                             AND own.xmin = made.xmin AND own.cmin = made.cmin),
             n.nspname, c.relname, coalesce(tree.since::text, ''),
             c.reltablespace::pg_catalog.int8,
             CASE WHEN toast.oid IS NULL THEN c.cmin::text = '0'
             ELSE toast.xmin = c.xmin AND toast.cmin::text::int8 > c.cmin::text::int8 END,
             c.xmin::text,
             EXISTS (SELECT FROM pg_catalog.pg_attribute AS written
                     WHERE written.attrelid = c.oid AND written.attnum > 0
                       AND written.xmin = c.xmin)
      FROM tree
      JOIN pg_catalog.pg_class AS c ON c.oid = tree.oid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute AS made ON made.attrelid = c.oid AND made.attnum = -1
      LEFT JOIN pg_catalog.pg_class AS toast ON toast.oid = c.reltoastrelid
      """;

  /**
   * The root of a partitioned table, or a part of it.
   *
   * @param file 0 if it has no rows of its own, being partitioned itself
   * @param uncounted whether the server has not counted its rows since it got its file
   * @param madeHere whether it was made as a partition, and not attached later
   * @param since the transaction that attached it; empty for the root, and where it is not known
   * @param filed how it came by its file, which is not remembered
   */
  private record Node(
      long file, boolean uncounted, boolean madeHere, String name, String since, Filed filed) {

    boolean isLeaf() {
      return file != 0;
    }

    /** Given that it has another file than a moment before. */
    boolean isTruncatedSince(Node before) {
      return !filed.altered()
          && (before.filed == Filed.UNKNOWN || filed.tablespace() == before.filed.tablespace())
          && (uncounted || filed.truncated());
    }
  }

  /**
   * @param truncated whether the catalog's rows were written as a TRUNCATE writes them, or a move
   *     to another tablespace
   * @param writer the transaction that has
   * @param altered whether the same one has written a column: ALTER TABLE writes a table anew with
   *     what a TRUNCATE leaves in the catalog, and its columns too
   */
  private record Filed(long tablespace, boolean truncated, String writer, boolean altered) {
    static final Filed UNKNOWN = new Filed(-1, false, "", false);
  }

  /** Of no partitioned table. */
  public static final Partitions NONE = new Partitions(Map.of());

  /** By the root's object id, and the part's. */
  private final Map<Long, Map<Long, Node>> trees;

  private Partitions(Map<Long, Map<Long, Node>> trees) {
    this.trees = trees;
  }

  /** Those of the partitioned ones among {@code tables}, as they are now. */
  public static Partitions read(PostgresQueries queries, List<PostgresCatalog.Entry> tables) {
    Long[] roots =
        tables.stream()
            .filter(PostgresCatalog.Entry::partitioned)
            .map(PostgresCatalog.Entry::oid)
            .toArray(Long[]::new);
    return read(queries, roots);
  }

  /** Those of the partitioned tables of these object ids, as they are now. */
  static Partitions read(PostgresQueries queries, Long... roots) {
    if (roots.length == 0) {
      return NONE;
    }
    Map<Long, Map<Long, Node>> trees = new LinkedHashMap<>();
    queries.list(
        "looking at the partitions",
        SELECT,
        row ->
            trees
                .computeIfAbsent(row.getLong(1), root -> new LinkedHashMap<>())
                .put(
                    row.getLong(2),
                    new Node(
                        row.getLong(3),
                        row.getBoolean(4),
                        row.getBoolean(5),
                        Identifiers.line(
                            new TableId(row.getString(6), row.getString(7)).toString()),
                        row.getString(8),
                        new Filed(
                            row.getLong(9),
                            row.getBoolean(10),
                            row.getString(11),
                            row.getBoolean(12)))),
        (Object) roots);
    return new Partitions(trees);
  }

  /** What of {@code lines} is about partitions. */
  static Partitions parse(List<String> lines) {
    Map<Long, Map<Long, Node>> trees = new LinkedHashMap<>();
    for (String line : lines) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        trees
            .computeIfAbsent(Long.parseLong(matcher.group(1)), root -> new LinkedHashMap<>())
            .put(
                Long.parseLong(matcher.group(2)),
                new Node(
                    Long.parseLong(matcher.group(3)),
                    false,
                    false,
                    matcher.group(5),
                    Objects.requireNonNullElse(matcher.group(4), ""),
                    Filed.UNKNOWN));
      }
    }
    return new Partitions(trees);
  }

  /** Whether it is one of {@link #print}. */
  static boolean isLine(String line) {
    return LINE.matcher(line).matches();
  }

  /** Those of one root, one line for each, for {@link #parse}; none if it is not partitioned. */
  List<String> print(long root) {
    List<String> lines = new ArrayList<>();
    trees
        .getOrDefault(root, Map.of())
        .forEach(
            (oid, node) ->
                lines.add(
                    "partition "
                        + root
                        + " "
                        + oid
                        + " "
                        + node.file()
                        + (node.since().isEmpty() ? "" : "@" + node.since())
                        + " "
                        + node.name()));
    return lines;
  }

  /** Whether the same parts have the same files. */
  public boolean isSameAs(Partitions other) {
    return trees.keySet().equals(other.trees.keySet())
        && trees.keySet().stream()
            .allMatch(root -> Set.copyOf(print(root)).equals(Set.copyOf(other.print(root))));
  }

  /**
   * What happened since {@code before} that rows came or went by and the log does not tell of, for
   * a person. A table that one of the two does not know is passed over. If one transaction has
   * given all leaves of a table another file, it has truncated the table as a whole, which is in
   * the log, or each of them by itself, which is not: {@link TruncateWatch}.
   *
   * @param continuously whether nothing but a moment lies between: after a longer time a truncated
   *     partition cannot be told from one that was rewritten with all its rows
   */
  public Optional<String> unloggedSince(Partitions before, boolean continuously) {
    for (Map.Entry<Long, Map<Long, Node>> tree : trees.entrySet()) {
      Map<Long, Node> known = before.trees.get(tree.getKey());
      if (known != null) {
        Optional<String> found = unlogged(tree.getKey(), known, tree.getValue(), continuously);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> unlogged(
      long root, Map<Long, Node> known, Map<Long, Node> present, boolean continuously) {
    String of = " of table " + name(root, present);
    Map<Node, Boolean> refiled = new LinkedHashMap<>();
    long leaves = 0;
    for (Map.Entry<Long, Node> former : known.entrySet()) {
      Node now = present.get(former.getKey());
      if (now == null) {
        return Optional.of(
            "partition " + former.getValue().name() + of + " was detached or dropped");
      }
      if (!former.getValue().since().isEmpty() && !former.getValue().since().equals(now.since())) {
        return Optional.of("partition " + now.name() + of + " was detached and attached again");
      }
      leaves += now.isLeaf() ? 1 : 0;
      if (now.file() != former.getValue().file()) {
        refiled.put(now, now.isTruncatedSince(former.getValue()));
      }
    }
    for (Map.Entry<Long, Node> part : present.entrySet()) {
      if (!known.containsKey(part.getKey()) && !part.getValue().madeHere()) {
        return Optional.of("partition " + part.getValue().name() + of + " was attached");
      }
    }
    long writers = refiled.keySet().stream().map(node -> node.filed().writer()).distinct().count();
    boolean atOnce = writers == 1;
    if (refiled.size() == leaves && (atOnce || !continuously)) {
      return Optional.empty();
    }
    return refiled.entrySet().stream()
        .filter(node -> node.getValue() || !continuously)
        .map(Map.Entry::getKey)
        .findFirst()
        .map(
            node ->
                "partition "
                    + node.name()
                    + of
                    + (continuously
                        ? " was truncated"
                        : " was truncated, or rewritten (VACUUM FULL, CLUSTER), while the job did"
                            + " not run"));
  }

  /**
   * The transaction that has truncated leaves of a table since {@code before}, a moment ago, where
   * all of them have another file. Of a TRUNCATE of the table the catalog does not show it of each.
   *
   * @param root the table's object id
   */
  Optional<String> truncatedSince(Partitions before, long root) {
    Map<Long, Node> known = before.trees.getOrDefault(root, Map.of());
    Map<Long, Node> present = trees.getOrDefault(root, Map.of());
    Set<String> writers = new HashSet<>();
    boolean truncated = false;
    for (Map.Entry<Long, Node> former : known.entrySet()) {
      Node now = present.get(former.getKey());
      if (former.getValue().isLeaf()) {
        if (now == null || now.file() == former.getValue().file()) {
          return Optional.empty();
        }
        writers.add(now.filed().writer());
        truncated |= now.isTruncatedSince(former.getValue());
      }
    }
    return truncated && writers.size() == 1
        ? Optional.of(writers.iterator().next())
        : Optional.empty();
  }

  private static String name(long root, Map<Long, Node> tree) {
    Node node = tree.get(root);
    return node == null ? "" : node.name();
  }
}
