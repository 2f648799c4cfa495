package io.tidemark.database.postgres.log;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.postgres.log.PgOutputMessage.OldTuple;
import io.tidemark.database.postgres.log.PgOutputMessage.Relation;
import io.tidemark.database.postgres.log.PgOutputMessage.RelationColumn;
import io.tidemark.database.postgres.log.PgOutputMessage.Tuple;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Where the columns of an announced table are in the log's rows of its relation. */
final class RelationLayout {

  /** A column's type and type modifier by their numbers in the catalog. */
  record ColumnType(int type, int modifier) {}

  /**
   * What the catalog said of an announced table when the log was opened.
   *
   * @param relation its object id
   * @param columns all that it had, announced or not, by their names on one line
   * @param computed those of them that the server computed, and that the log did not have
   * @param closed whether a column that comes later would be copied too, and cannot be
   */
  record Announced(
      int relation, Map<String, ColumnType> columns, Set<String> computed, boolean closed) {}

  private final Table table;
  private final int relationSize;
  private final int[] fields;
  private final boolean[] inKey;

  private RelationLayout(Table table, int relationSize, int[] fields) {
    this.table = table;
    this.relationSize = relationSize;
    this.fields = fields;
    this.inKey = new boolean[fields.length];
    for (int index : table.keyIndexes()) {
      inKey[index] = true;
    }
  }

  /**
   * Matches by name. Columns that are not announced were deselected.
   *
   * @throws DatabaseException fatal, if it is another table, or if an announced column or the key
   *     is not what it was, or if there is a new column
   */
  static RelationLayout of(Table table, Relation relation, Announced announced) {
    if (relation.id() != announced.relation()) {
      throw changed(
          table,
          "has another table under its name: it was dropped and made anew, or another one was"
              + " renamed to it");
    }
    Map<String, ColumnType> types = announced.columns();
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < relation.columns().size(); i++) {
      places.put(relation.columns().get(i).name(), i);
    }
    if (announced.closed()) {
      for (RelationColumn column : relation.columns()) {
        if (announced.computed().contains(Identifiers.line(column.name()))) {
          throw changed(
              table,
              "has values of column "
                  + column.name()
                  + ", which was generated before (DROP EXPRESSION)");
        }
        if (!types.containsKey(Identifiers.line(column.name()))) {
          throw changed(
              table,
              "has a new column "
                  + column.name()
                  + " (to go on without it, list the former columns under source.columns)");
        }
      }
    }
    int[] fields = new int[table.columns().size()];
    for (int i = 0; i < fields.length; i++) {
      Column column = table.columns().get(i);
      Integer place = places.get(column.name());
      if (place == null) {
        throw changed(table, "has no column " + column.name());
      }
      RelationColumn found = relation.columns().get(place);
      ColumnType expected = types.get(Identifiers.line(column.name()));
      if (!new ColumnType(found.type(), found.modifier()).equals(expected)) {
        throw changed(
            table, "has another type than " + column.type() + " for column " + column.name());
      }
      fields[i] = place;
    }
    requireKey(table, relation);
    return new RelationLayout(table, relation.columns().size(), fields);
  }

  /** Under full identity every column is flagged, which says nothing about the key. */
  private static void requireKey(Table table, Relation relation) {
    if (relation.replicaIdentity() == 'f') {
      return;
    }
    List<String> flagged =
        relation.columns().stream()
            .filter(RelationColumn::identity)
            .map(RelationColumn::name)
            .sorted()
            .toList();
    List<String> key =
        table.key().map(known -> known.columns().stream().sorted().toList()).orElse(List.of());
    // REPLICA IDENTITY NOTHING flags nothing and leaves the key as it is: the source then refuses
    // whatever would need it. Without a flag otherwise, the key's index is gone.
    boolean gone = flagged.isEmpty() && !key.isEmpty() && relation.replicaIdentity() != 'n';
    if (gone || (!flagged.isEmpty() && !flagged.equals(key))) {
      throw changed(table, "has the key " + flagged + " instead of " + key);
    }
  }

  private static DatabaseException changed(Table table, String detail) {
    return new DatabaseException(
        Kind.FATAL,
        "table "
            + table.id()
            + " was altered: the log "
            + detail
            + ". Changes of a table's definition are not copied: make the same change at the"
            + " target, drop the stream with ./tidemark drop and copy again, or take the table out"
            + " of the job");
  }

  Table table() {
    return table;
  }

  /** Which of the log's columns a column of the table is. */
  int place(int field) {
    return fields[field];
  }

  RowChange.Insert insert(Tuple tuple) {
    Row row = row(tuple);
    if (!row.isComplete()) {
      throw new DatabaseException(
          Kind.FATAL, "the log holds an incomplete new row of table " + table.id());
    }
    return new RowChange.Insert(table, row);
  }

  RowChange.Update update(Optional<OldTuple> old, Tuple tuple) {
    Row after = row(tuple);
    Optional<Row> before = old.map(this::before);
    // A value that the new row lacks because it did not change is in the old one, if that is there.
    return new RowChange.Update(table, before, before.map(after::completedFrom).orElse(after));
  }

  RowChange.Delete delete(OldTuple old) {
    return new RowChange.Delete(table, before(old));
  }

  private Row row(Tuple tuple) {
    requireSize(tuple);
    Row.Builder row = Row.builder(tuple.array(), fields.length);
    for (int i = 0; i < fields.length; i++) {
      set(row, i, tuple, fields[i]);
    }
    return row.build();
  }

  private Row before(OldTuple old) {
    if (!old.keyOnly()) {
      return row(old.row());
    }
    Tuple tuple = old.row();
    requireSize(tuple);
    Row.Builder row = Row.builder(tuple.array(), fields.length);
    for (int i = 0; i < fields.length; i++) {
      if (inKey[i]) {
        if (tuple.isNull(fields[i]) || tuple.isUnchanged(fields[i])) {
          throw changed(
              table,
              "identifies rows without column "
                  + table.columns().get(i).name()
                  + " of the key "
                  + Arrays.toString(table.keyIndexes()));
        }
        set(row, i, tuple, fields[i]);
      }
    }
    if (table.key().isEmpty()) {
      throw changed(table, "identifies rows by a key, and none was known");
    }
    return row.build();
  }

  private static void set(Row.Builder row, int field, Tuple tuple, int place) {
    if (tuple.isNull(place)) {
      row.setNull(field);
    } else if (!tuple.isUnchanged(place)) {
      row.setValue(field, tuple.offset(place), tuple.length(place));
    }
  }

  private void requireSize(Tuple tuple) {
    if (tuple.size() != relationSize) {
      throw new DatabaseException(
          Kind.FATAL,
          "a row of table "
              + table.id()
              + " in the log has "
              + tuple.size()
              + " columns where "
              + relationSize
              + " were announced: "
              + table.columns().stream().map(Column::name).collect(Collectors.joining(", ")));
    }
  }
}
