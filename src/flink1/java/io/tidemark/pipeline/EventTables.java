package io.tidemark.pipeline;

import io.tidemark.schema.TableId;
import io.tidemark.schema.ValueType;
import io.tidemark.staging.ShapeChange;
import io.tidemark.staging.SinkColumn;
import io.tidemark.staging.TableShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.flink.cdc.common.event.AddColumnEvent;
import org.apache.flink.cdc.common.event.AlterColumnTypeEvent;
import org.apache.flink.cdc.common.event.DropColumnEvent;
import org.apache.flink.cdc.common.event.DropTableEvent;
import org.apache.flink.cdc.common.event.RenameColumnEvent;
import org.apache.flink.cdc.common.event.SchemaChangeEvent;
import org.apache.flink.cdc.common.event.TruncateTableEvent;
import org.apache.flink.cdc.common.schema.Column;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.types.DataType;

/** Says of the tables of events what they are at the target. Refuses what cannot be exact. */
final class EventTables {

  private static final Pattern NUMBER = Pattern.compile("[-+]?\\d+(\\.\\d+)?([eE][-+]?\\d+)?");

  private static final Pattern MOMENT =
      Pattern.compile("\\d{4}-\\d{2}-\\d{2}( \\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?)?");

  private static final Pattern CLOCK = Pattern.compile("\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?");

  private static final Pattern TRUTH = Pattern.compile("(?i)true|false|0|1");

  private final String defaultSchema;
  private final TargetTables there;

  /** Which table of events a table of the target has the rows of. */
  private final Map<TableId, org.apache.flink.cdc.common.event.TableId> written = new HashMap<>();

  /**
   * @param defaultSchema where a table is whose name says no schema
   */
  EventTables(String defaultSchema, TargetTables there) {
    this.defaultSchema = defaultSchema;
    this.there = there;
  }

  /**
   * The table's name at the target: the last two parts of its name.
   *
   * @throws IllegalArgumentException if that is another table's too
   */
  TableId id(org.apache.flink.cdc.common.event.TableId table) {
    String schema = table.getSchemaName();
    TableId id =
        new TableId(
            schema == null || schema.isEmpty() ? defaultSchema : schema, table.getTableName());
    org.apache.flink.cdc.common.event.TableId other = written.putIfAbsent(id, table);
    if (other != null && !other.equals(table)) {
      throw new IllegalArgumentException(
          "tables "
              + other
              + " and "
              + table
              + " would both be written to table "
              + id
              + " of the target: give one of them another name under route");
    }
    return id;
  }

  /**
   * @throws IllegalArgumentException if it cannot be made so that it keeps every row
   */
  TableShape shape(org.apache.flink.cdc.common.event.TableId table, Schema schema) {
    TableId id = id(table);
    if (schema.primaryKeys().isEmpty()) {
      throw new IllegalArgumentException(
          "table "
              + table
              + " has no primary key, by which its rows would be found when they come again after a"
              + " failure: give it one under transform, primary-keys");
    }
    return new TableShape(
        id,
        schema.getColumns().stream()
            .map(
                column ->
                    new SinkColumn(
                        column.getName(),
                        column.getType().asSummaryString(),
                        values(table, column.getName(), column.getType()),
                        !schema.primaryKeys().contains(column.getName()),
                        Optional.empty()))
            .toList(),
        schema.primaryKeys());
  }

  private static ValueType values(
      org.apache.flink.cdc.common.event.TableId table, String column, DataType type) {
    return EventValues.of(type)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "table "
                        + table
                        + ", column "
                        + column
                        + ": no column of the target keeps every "
                        + type.asSummaryString()
                        + ": leave it out, or make a text of it, with a projection under transform"));
  }

  /**
   * What a change makes of a table; empty if nothing of what is written here.
   *
   * @param before the table as it was; empty if that is not known
   * @throws IllegalArgumentException if it cannot be made so that both sides have the same rows
   */
  Optional<ShapeChange> change(SchemaChangeEvent event, Optional<Schema> before) {
    TableId id = id(event.tableId());
    if (event instanceof AddColumnEvent add) {
      return Optional.of(
          new ShapeChange.Add(
              id,
              add.getAddedColumns().stream()
                  .map(added -> added(event.tableId(), added.getAddColumn()))
                  .toList()));
    }
    if (event instanceof DropColumnEvent drop) {
      before.ifPresent(schema -> requireNoKey(drop, schema));
      return Optional.of(new ShapeChange.Remove(id, drop.getDroppedColumnNames()));
    }
    if (event instanceof RenameColumnEvent rename) {
      requireOneStep(rename);
      return Optional.of(new ShapeChange.Rename(id, rename.getNameMapping()));
    }
    if (event instanceof AlterColumnTypeEvent alter) {
      return Optional.of(new ShapeChange.Retype(id, retyped(id, alter, before)));
    }
    if (event instanceof TruncateTableEvent) {
      return Optional.of(new ShapeChange.Empty(id));
    }
    return event instanceof DropTableEvent
        ? Optional.of(new ShapeChange.Drop(id))
        : Optional.empty();
  }

  private static SinkColumn added(org.apache.flink.cdc.common.event.TableId table, Column column) {
    ValueType values = values(table, column.getName(), column.getType());
    Optional<String> given = Optional.ofNullable(column.getDefaultValueExpression());
    given.ifPresent(
        text -> {
          if (!isConstant(text, values)) {
            throw new IllegalArgumentException(
                "column "
                    + column.getName()
                    + " was added to table "
                    + table
                    + " with a default that is not a value of its type, so that it is not known what"
                    + " the rows have in it that were there before. Add it to the table at the target"
                    + " with what the source has for them, and take it out of the pipeline under"
                    + " transform; or copy the table again from a job without state");
          }
        });
    return new SinkColumn(
        column.getName(),
        column.getType().asSummaryString(),
        values,
        column.getType().isNullable(),
        given);
  }

  private static boolean isConstant(String text, ValueType values) {
    if (values.isRaw()) {
      return false;
    }
    if (values instanceof ValueType.Text) {
      return true;
    }
    Pattern form =
        values == ValueType.Plain.BOOLEAN
            ? TRUTH
            : values == ValueType.Plain.DATE || values instanceof ValueType.Timestamp
                ? MOMENT
                : values instanceof ValueType.Time ? CLOCK : NUMBER;
    return form.matcher(text).matches();
  }

  private static void requireNoKey(DropColumnEvent drop, Schema before) {
    List<String> key =
        drop.getDroppedColumnNames().stream().filter(before.primaryKeys()::contains).toList();
    if (!key.isEmpty()) {
      throw new IllegalArgumentException(
          "table "
              + drop.tableId()
              + " loses "
              + String.join(", ", key)
              + " of its primary key, and what then tells its rows apart is not known: drop the"
              + " table at the target and copy it again from a job without state");
    }
  }

  private static void requireOneStep(RenameColumnEvent rename) {
    for (String name : rename.getNameMapping().values()) {
      if (rename.getNameMapping().containsKey(name)) {
        throw new IllegalArgumentException(
            "columns of table "
                + rename.tableId()
                + " take each other's names in one statement, which cannot be made a second time"
                + " after a failure: rename them one by one, by way of a name that none has");
      }
    }
  }

  private List<SinkColumn> retyped(
      TableId id, AlterColumnTypeEvent alter, Optional<Schema> before) {
    List<SinkColumn> columns = new ArrayList<>();
    alter
        .getTypeMapping()
        .forEach(
            (name, type) -> {
              ValueType values = values(alter.tableId(), name, type);
              Optional<DataType> old =
                  Optional.ofNullable(alter.getOldTypeMapping().get(name))
                      .or(
                          () ->
                              before
                                  .flatMap(schema -> schema.getColumn(name))
                                  .map(Column::getType));
              boolean isExact =
                  old.flatMap(EventValues::of)
                      .map(from -> ColumnFit.converts(from, values))
                      .orElse(true);
              if (!isExact && !there.fits(id, name, values)) {
                throw new IllegalArgumentException(
                    "column "
                        + name
                        + " of table "
                        + alter.tableId()
                        + " is no longer "
                        + old.map(DataType::asSummaryString).orElse("what it was")
                        + " but "
                        + type.asSummaryString()
                        + ", and two servers may make different values of those that are there."
                        + " Change the column of table "
                        + id
                        + " at the target, and what its rows have in it, as the source has them;"
                        + " the job then goes on");
              }
              columns.add(
                  new SinkColumn(name, type.asSummaryString(), values, true, Optional.empty()));
            });
    return columns;
  }
}
