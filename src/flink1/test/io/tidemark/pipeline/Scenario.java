package io.tidemark.pipeline;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.cdc.common.event.AddColumnEvent;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.DropColumnEvent;
import org.apache.flink.cdc.common.event.DropTableEvent;
import org.apache.flink.cdc.common.event.RenameColumnEvent;
import org.apache.flink.cdc.common.event.SchemaChangeEvent;
import org.apache.flink.cdc.common.event.TableId;
import org.apache.flink.cdc.common.event.TruncateTableEvent;
import org.apache.flink.cdc.common.schema.Column;

/** What a source of Flink CDC tells, one thing after another, and what there is in the end. */
final class Scenario implements Serializable {

  private static final long serialVersionUID = 1L;

  /** One thing that is told. */
  sealed interface Step extends Serializable {}

  record Change(SchemaChangeEvent event) implements Step {}

  /** A row that is new or another one now, or goes; its key is the first column. */
  record Row(TableId table, boolean deleted, List<Serializable> values) implements Step {}

  /** Nothing more is told before the test lets go of it. */
  record Hold(int number) implements Step {}

  final List<Step> steps = new ArrayList<>();

  Scenario change(SchemaChangeEvent event) {
    steps.add(new Change(event));
    return this;
  }

  Scenario hold(int number) {
    steps.add(new Hold(number));
    return this;
  }

  Scenario put(TableId table, Serializable... values) {
    steps.add(new Row(table, false, Arrays.asList(values)));
    return this;
  }

  Scenario remove(TableId table, Serializable... values) {
    steps.add(new Row(table, true, Arrays.asList(values)));
    return this;
  }

  /** The rows that a table has when all has been told: column by column, as text, by their keys. */
  Optional<List<Map<String, String>>> rows(TableId table) {
    List<String> columns = new ArrayList<>();
    Map<Integer, Map<String, String>> rows = new TreeMap<>();
    boolean isThere = false;
    for (Step step : steps) {
      if (step instanceof Change change && change.event().tableId().equals(table)) {
        isThere = !(change.event() instanceof DropTableEvent);
        apply(change.event(), columns, rows);
      } else if (step instanceof Row row && row.table().equals(table)) {
        Integer key = (Integer) row.values().get(0);
        rows.remove(key);
        if (!row.deleted()) {
          Map<String, String> values = new LinkedHashMap<>();
          for (int i = 0; i < columns.size(); i++) {
            Object value = row.values().get(i);
            values.put(columns.get(i), value == null ? null : value.toString());
          }
          rows.put(key, values);
        }
      }
    }
    return isThere ? Optional.of(new ArrayList<>(rows.values())) : Optional.empty();
  }

  private static void apply(
      SchemaChangeEvent event, List<String> columns, Map<Integer, Map<String, String>> rows) {
    if (event instanceof CreateTableEvent created) {
      columns.clear();
      columns.addAll(created.getSchema().getColumnNames());
      rows.clear();
    } else if (event instanceof AddColumnEvent add) {
      for (AddColumnEvent.ColumnWithPosition added : add.getAddedColumns()) {
        Column column = added.getAddColumn();
        columns.add(column.getName());
        rows.values().forEach(row -> row.put(column.getName(), column.getDefaultValueExpression()));
      }
    } else if (event instanceof DropColumnEvent drop) {
      columns.removeAll(drop.getDroppedColumnNames());
      rows.values().forEach(row -> row.keySet().removeAll(drop.getDroppedColumnNames()));
    } else if (event instanceof RenameColumnEvent rename) {
      rename
          .getNameMapping()
          .forEach(
              (from, to) -> {
                columns.set(columns.indexOf(from), to);
                rows.values().forEach(row -> row.put(to, row.remove(from)));
              });
    } else if (event instanceof TruncateTableEvent || event instanceof DropTableEvent) {
      rows.clear();
    }
  }
}
