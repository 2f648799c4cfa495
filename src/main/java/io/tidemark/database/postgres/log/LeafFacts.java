package io.tidemark.database.postgres.log;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the catalog says of a table that holds rows: a leaf of a partitioned one, or one that is not
 * partitioned.
 *
 * @param toast the object id of its table of large values; 0 if it has none
 * @param kind {@code pg_class.relkind}
 * @param identity {@code pg_class.relreplident}; if that is an index, with a digest of the names of
 *     its columns behind a colon
 * @param name in one line
 * @param generated for {@link Generation#isSame}, by the names of the generated columns; none for
 *     one that is not a partition, whose columns say so themselves
 */
record LeafFacts(
    long toast, char kind, String identity, String name, Map<String, String> generated) {

  private static final String LEAF = "leaf ";
  private static final String GENERATED = "generated ";

  /** Whether it is one of {@link #print}. */
  static boolean isLine(String line) {
    return line.startsWith(LEAF) || line.startsWith(GENERATED);
  }

  /** What of {@code lines} is about leaves, by their object ids. */
  static Map<Long, LeafFacts> parse(List<String> lines) {
    Map<Long, LeafFacts> leaves = new LinkedHashMap<>();
    for (String line : lines) {
      if (line.startsWith(LEAF)) {
        String[] parts = line.split(" ", 6);
        leaves.put(
            Long.parseLong(parts[1]),
            new LeafFacts(
                Long.parseLong(parts[2]), parts[3].charAt(0), parts[4], parts[5], new TreeMap<>()));
      } else if (line.startsWith(GENERATED)) {
        String[] parts = line.split(" ", 4);
        LeafFacts leaf = leaves.get(Long.parseLong(parts[1]));
        if (leaf != null) {
          leaf.generated.put(parts[3], parts[2]);
        }
      }
    }
    return leaves;
  }

  /** For {@link #parse}. */
  static List<String> print(Map<Long, LeafFacts> leaves) {
    List<String> lines = new ArrayList<>();
    leaves.forEach(
        (oid, leaf) ->
            lines.add(
                LEAF
                    + oid
                    + " "
                    + leaf.toast
                    + " "
                    + leaf.kind
                    + " "
                    + leaf.identity
                    + " "
                    + leaf.name));
    leaves.forEach(
        (oid, leaf) ->
            leaf.generated.forEach(
                (column, expression) ->
                    lines.add(GENERATED + oid + " " + expression + " " + column)));
    return lines;
  }

  /**
   * What was changed that can change a row, for a person.
   *
   * @param before nothing if it has come, or is not known
   * @param keyed whether the table's primary key is enough to know an old row by
   * @param wanted the columns that matter; empty for all
   */
  Optional<String> changeSince(
      Optional<LeafFacts> before, boolean keyed, Optional<Set<String>> wanted) {
    if (kind == 'f') {
      return Optional.of(
          "its partition " + name + " is a foreign table, and what is in it is not in the log");
    }
    return before.flatMap(
        former ->
            !identity.equals(former.identity)
                    && !identity.equals("f")
                    && !(keyed && identity.equals("d"))
                ? Optional.of(
                    "the REPLICA IDENTITY of "
                        + name
                        + ", which old rows in the log are known by, was changed")
                : former.generated.entrySet().stream()
                    .filter(column -> wanted.map(w -> w.contains(column.getKey())).orElse(true))
                    .filter(
                        column ->
                            !Generation.isSame(
                                column.getValue(), generated.getOrDefault(column.getKey(), "-")))
                    .findFirst()
                    .map(
                        column ->
                            "column "
                                + column.getKey()
                                + " of its partition "
                                + name
                                + " is generated otherwise than before"));
  }
}
