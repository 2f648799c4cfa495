package io.tidemark.database.postgres.log;

import io.tidemark.database.postgres.log.RelationLayout.Announced;
import io.tidemark.database.postgres.log.RelationLayout.ColumnType;
import io.tidemark.database.postgres.session.Identifiers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the catalog says of a copied table.
 *
 * @param kind {@code pg_class.relkind}
 * @param persistence {@code p} if its changes are in the log
 * @param partition whether it is a partition of another table
 * @param replicaIdentity {@code pg_class.relreplident}
 * @param primaryKey the numbers of its columns, or a dash
 * @param identity the same of the index that is the replica identity
 * @param files where its rows are, each with its persistence, by the object id of the leaf: itself
 *     if it is not partitioned
 * @param columns by their numbers
 * @param leaves what more there is to know of where its rows are, by the same object ids; nothing
 *     if it was remembered by an earlier version
 */
record TableFacts(
    long oid,
    char kind,
    char persistence,
    boolean partition,
    char replicaIdentity,
    String primaryKey,
    String identity,
    Map<Long, String> files,
    Map<Integer, ColumnFacts> columns,
    Map<Long, LeafFacts> leaves) {

  /**
   * A column.
   *
   * @param type its type's object id, type modifier and collation
   * @param generated for {@link Generation#isSame}, or a dash
   * @param missing whether rows from before it was added do not store its value
   * @param defaultRow the object id of its default, or of its generation expression; 0 if it has
   *     none
   * @param writer the transaction that wrote its row in the catalog; behind a colon, whether it did
   *     so after it had given the table another file; and behind another one, what the rest of the
   *     row says. One that was remembered by an earlier version has the first of them
   */
  record ColumnFacts(
      String name, String type, String generated, boolean missing, long defaultRow, String writer) {

    private boolean isOnlyStoredSince(ColumnFacts before) {
      return before.missing
          && !missing
          && defaultRow == before.defaultRow
          && (defaultRow != 0 || isWrittenLast(before));
    }

    /** Whether nothing but the value that is stored now was taken out of its row. */
    private boolean isWrittenLast(ColumnFacts before) {
      String[] now = writer.split(":");
      String[] then = before.writer.split(":");
      return now.length == 3 && then.length == 3 && now[1].equals("t") && now[2].equals(then[2]);
    }

    private boolean isWrittenSince(ColumnFacts before) {
      return !writer.split(":")[0].equals(before.writer.split(":")[0]);
    }

    /** Without the collation, of which the log does not tell. */
    private ColumnType columnType() {
      String[] parts = type.split(" ");
      return new ColumnType((int) Long.parseLong(parts[0]), Integer.parseInt(parts[1]));
    }
  }

  static TableFacts parse(String fact) {
    String[] lines = fact.split("\n", -1);
    String[] head = lines[0].split(" ");
    Map<Long, String> files = new LinkedHashMap<>();
    if (!head[7].equals("-")) {
      for (String file : head[7].split(",")) {
        int colon = file.indexOf(':');
        files.put(Long.parseLong(file.substring(0, colon)), file.substring(colon + 1));
      }
    }
    Map<Integer, ColumnFacts> columns = new LinkedHashMap<>();
    Map<Long, LeafFacts> leaves = LeafFacts.parse(List.of(lines));
    for (int i = 1; i < lines.length; i++) {
      if (LeafFacts.isLine(lines[i])) {
        continue;
      }
      String[] parts = lines[i].split(" ", 9);
      columns.put(
          Integer.parseInt(parts[0]),
          new ColumnFacts(
              parts[8],
              parts[1] + " " + parts[2] + " " + parts[3],
              parts[4],
              parts[5].equals("t"),
              Long.parseLong(parts[6]),
              parts[7]));
    }
    return new TableFacts(
        Long.parseLong(head[0]),
        head[1].charAt(0),
        head[2].charAt(0),
        head[3].equals("partition"),
        head[4].charAt(0),
        head[5],
        head[6],
        files,
        columns,
        leaves);
  }

  /**
   * What its description in the log has to be.
   *
   * @param closed whether a column that comes later would be copied too, and cannot be
   * @param computed whether the log may have generated columns
   */
  Announced announced(boolean closed, boolean computed) {
    Map<String, ColumnType> types = new HashMap<>();
    Set<String> generated = new TreeSet<>();
    for (ColumnFacts column : columns.values()) {
      types.put(column.name(), column.columnType());
      if (!computed && !column.generated().equals("-")) {
        generated.add(column.name());
      }
    }
    return new Announced((int) oid, types, generated, closed);
  }

  String print() {
    List<String> printedFiles = new ArrayList<>();
    files.forEach((leaf, file) -> printedFiles.add(leaf + ":" + file));
    StringBuilder fact =
        new StringBuilder()
            .append(oid)
            .append(' ')
            .append(kind)
            .append(' ')
            .append(persistence)
            .append(partition ? " partition " : " - ")
            .append(replicaIdentity)
            .append(' ')
            .append(primaryKey)
            .append(' ')
            .append(identity)
            .append(' ')
            .append(printedFiles.isEmpty() ? "-" : String.join(",", printedFiles));
    columns.forEach(
        (number, column) ->
            fact.append('\n')
                .append(number)
                .append(' ')
                .append(column.type())
                .append(' ')
                .append(column.generated())
                .append(' ')
                .append(column.missing() ? 't' : 'f')
                .append(' ')
                .append(column.defaultRow())
                .append(' ')
                .append(column.writer())
                .append(' ')
                .append(column.name()));
    LeafFacts.print(leaves).forEach(line -> fact.append('\n').append(line));
    return fact.toString();
  }

  /**
   * What can change a row, of what was changed, for a person. What is not in a fact (defaults, NOT
   * NULL, checks, statistics, storage, privileges, comments, triggers, indexes) cannot.
   *
   * @param selected the columns that matter; empty for all, those that are added later too
   */
  Optional<String> changeSince(TableFacts before, Optional<List<String>> selected) {
    if (before.oid != oid) {
      return Optional.of(
          "it is another table than before: it was dropped and made anew, or another one was"
              + " renamed to its name");
    }
    if (before.kind != kind || before.partition != partition) {
      return Optional.of("it was made a partition of another table, or is no longer one");
    }
    if (persistence != 'p' || files.values().stream().anyMatch(file -> !file.endsWith(":p"))) {
      return Optional.of("it was made UNLOGGED, and what is written to it is not in the log");
    }
    if (!before.keyInLog().equals(keyInLog())) {
      return Optional.of("its primary key, or the index of its replica identity, was changed");
    }
    Optional<Set<String>> wanted = selected.map(TableFacts::lines);
    for (Map.Entry<Integer, ColumnFacts> column : before.columns.entrySet()) {
      ColumnFacts former = column.getValue();
      if (wanted.isEmpty() || wanted.get().contains(former.name())) {
        Optional<String> change = changeOf(former, columns.get(column.getKey()));
        if (change.isPresent()) {
          return change;
        }
      }
    }
    if (wanted.isEmpty()) {
      for (Map.Entry<Integer, ColumnFacts> column : columns.entrySet()) {
        if (!before.columns.containsKey(column.getKey())) {
          return Optional.of("column " + column.getValue().name() + " was added");
        }
      }
    }
    Optional<String> ofLeaf = changeOfLeaf(before, wanted);
    if (ofLeaf.isPresent()) {
      return ofLeaf;
    }
    return rewritten(before).isEmpty() ? Optional.empty() : rewrittenColumn(before, wanted);
  }

  private Optional<String> changeOfLeaf(TableFacts before, Optional<Set<String>> wanted) {
    boolean keyed = replicaIdentity == 'd' && !primaryKey.equals("-");
    return leaves.entrySet().stream()
        .flatMap(
            leaf ->
                leaf
                    .getValue()
                    .changeSince(
                        Optional.ofNullable(before.leaves.get(leaf.getKey())), keyed, wanted)
                    .stream())
        .findFirst();
  }

  private static Set<String> lines(List<String> names) {
    Set<String> lines = new TreeSet<>();
    names.forEach(name -> lines.add(Identifiers.line(name)));
    return lines;
  }

  /** What an old row in the log is known by. */
  private String keyInLog() {
    return replicaIdentity == 'i' ? identity : primaryKey;
  }

  private static Optional<String> changeOf(ColumnFacts former, @Nullable ColumnFacts now) {
    String column = "column " + former.name();
    if (now == null) {
      return Optional.of(column + " was dropped");
    }
    if (!now.name().equals(former.name())) {
      return Optional.of(column + " was renamed to " + now.name());
    }
    if (!now.type().equals(former.type())) {
      return Optional.of(column + " has another type, length or collation");
    }
    if (!Generation.isSame(former.generated(), now.generated())) {
      return Optional.of(column + " is generated otherwise than before");
    }
    return Optional.empty();
  }

  /**
   * Where the rows may have been written anew by ALTER TABLE: what has another file, unless that is
   * known to be of VACUUM FULL, CLUSTER, TRUNCATE or a move to another tablespace. A leaf that has
   * come is judged by {@link Partitions}.
   *
   * <p>ALTER TABLE gives a table that it writes anew another table of large values, as whatever it
   * is made of is exchanged for that of a new table; the others keep it, and change what is in it
   * (cluster.c, finish_heap_swap and copy_table_data; tablecmds.c, ExecuteTruncateGuts).
   */
  Set<Long> rewritten(TableFacts before) {
    Set<Long> rewritten = new TreeSet<>();
    files.forEach(
        (leaf, file) -> {
          String former = before.files.get(leaf);
          if (former != null && !former.equals(file) && !keepsLargeValues(before, leaf)) {
            rewritten.add(leaf);
          }
        });
    return rewritten;
  }

  private boolean keepsLargeValues(TableFacts before, long leaf) {
    LeafFacts then = before.leaves.get(leaf);
    LeafFacts now = leaves.get(leaf);
    return then != null && now != null && now.toast() != 0 && now.toast() == then.toast();
  }

  /** Whether the table of large values of a leaf would tell what has given it another file. */
  boolean tellsOfRewriting(TableFacts before, long leaf) {
    LeafFacts then = before.leaves.get(leaf);
    LeafFacts now = leaves.get(leaf);
    return then != null && now != null && (now.toast() != 0 || then.toast() != 0);
  }

  /**
   * ALTER COLUMN … TYPE … USING writes every row anew, and the column's row in the catalog with
   * them, also where the type stays the same or comes back. VACUUM FULL and CLUSTER write every row
   * as it is; they touch a column's row only to note that its value is stored in every row now, and
   * leave its default alone, which ALTER COLUMN … TYPE writes anew too (tablecmds.c,
   * ATExecAlterColumnType). Without a default, they do so after the table has got its file
   * (cluster.c, finish_heap_swap, with RelationClearMissing as the last), and ALTER COLUMN … TYPE
   * before it; and whatever else may write the row later in the same transaction changes it.
   */
  private Optional<String> rewrittenColumn(TableFacts before, Optional<Set<String>> wanted) {
    for (Map.Entry<Integer, ColumnFacts> column : before.columns.entrySet()) {
      ColumnFacts former = column.getValue();
      ColumnFacts now = columns.get(column.getKey());
      boolean matters = wanted.isEmpty() || wanted.get().contains(former.name());
      if (matters && now != null && now.isWrittenSince(former) && !now.isOnlyStoredSince(former)) {
        return Optional.of(
            "its rows were written anew while column "
                + former.name()
                + " was altered (ALTER TABLE … TYPE … USING), which may have changed every value");
      }
    }
    return Optional.empty();
  }
}
