package io.tidemark.pipeline;

import io.tidemark.database.DatabaseException;
import io.tidemark.source.UnrecoverableException;
import io.tidemark.staging.ShapeChange;
import io.tidemark.staging.TableShape;
import io.tidemark.staging.TablesSink;
import io.tidemark.staging.TablesWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.cdc.common.data.RecordData;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.DataChangeEvent;
import org.apache.flink.cdc.common.event.Event;
import org.apache.flink.cdc.common.event.OperationType;
import org.apache.flink.cdc.common.event.SchemaChangeEvent;
import org.apache.flink.cdc.common.event.TableId;
import org.apache.flink.cdc.common.schema.Column;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.utils.SchemaUtils;
import org.jspecify.annotations.Nullable;

/** Stages the rows of one subtask, and notes between them what becomes of their tables. */
final class PipelineWriter implements CommittingSinkWriter<Event, PipelineCommittable> {

  /** One column. */
  private record Field(
      String name, RecordData.FieldGetter getter, EventValues.Writer writer, boolean isKey) {}

  /** A table as the next row of it is. */
  private record Known(Schema schema, TableShape shape, List<Field> fields, boolean isGone) {
    Known gone() {
      return new Known(schema, shape, fields, true);
    }

    Known back() {
      return new Known(schema, shape, fields, false);
    }
  }

  private final EventTables tables;
  private final boolean isAlone;
  private final TablesWriter writer;
  private final Map<TableId, Known> known = new HashMap<>();

  /**
   * @param isAlone whether there is no other writer, which might have rows of the same key
   */
  PipelineWriter(TablesSink sink, EventTables tables, boolean isAlone) {
    this.tables = tables;
    this.isAlone = isAlone;
    try {
      this.writer = sink.openStaging();
    } catch (RuntimeException e) {
      throw UnrecoverableException.classify(e);
    }
  }

  @Override
  public void write(Event event, Context context) {
    try {
      if (event instanceof CreateTableEvent created) {
        create(created);
      } else if (event instanceof SchemaChangeEvent changed) {
        change(changed);
      } else if (event instanceof DataChangeEvent row) {
        add(row);
      }
    } catch (IllegalArgumentException e) {
      throw UnrecoverableException.classify(
          new DatabaseException(DatabaseException.Kind.FATAL, String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      throw UnrecoverableException.classify(e);
    }
  }

  /** Flink CDC says it again to whoever has not heard of the table since the attempt began. */
  private void create(CreateTableEvent created) {
    Known former = known.get(created.tableId());
    if (former != null && !former.isGone() && former.schema().equals(created.getSchema())) {
      return;
    }
    Known table = describe(created.tableId(), created.getSchema());
    known.put(created.tableId(), table);
    writer.open(table.shape());
  }

  private Known describe(TableId table, Schema schema) {
    TableShape shape = tables.shape(table, schema);
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < schema.getColumnCount(); i++) {
      Column column = schema.getColumns().get(i);
      fields.add(
          new Field(
              column.getName(),
              // Also of a NOT NULL column, of which an old row may have none.
              RecordData.createFieldGetter(column.getType().nullable(), i),
              EventValues.writer(column.getType()),
              shape.key().contains(column.getName())));
    }
    return new Known(schema, shape, fields, false);
  }

  private void change(SchemaChangeEvent event) {
    Known former = known(event.tableId());
    Optional<ShapeChange> change = tables.change(event, Optional.of(former.schema()));
    if (change.isEmpty()) {
      return;
    }
    writer.change(change.get());
    known.put(
        event.tableId(),
        change.get() instanceof ShapeChange.Drop
            ? former.gone()
            : describe(
                event.tableId(), SchemaUtils.applySchemaChangeEvent(former.schema(), event)));
  }

  private Known known(TableId table) {
    Known found = known.get(table);
    if (found == null) {
      throw new IllegalStateException(
          "something came of table " + table + " before its columns did");
    }
    return found;
  }

  private void add(DataChangeEvent event) {
    Known table = known(event.tableId());
    if (table.isGone()) {
      // It was made again as it was, which Flink CDC takes for nothing new.
      table = table.back();
      known.put(event.tableId(), table);
      writer.open(table.shape());
    }
    if (event.op() == OperationType.DELETE) {
      add(table, event.before(), true);
      return;
    }
    if (event.op() == OperationType.UPDATE && event.before() != null) {
      moved(table, event);
    }
    add(table, event.after(), false);
  }

  /** A row that gets another key: the old one goes. */
  private void moved(Known table, DataChangeEvent event) {
    boolean isMoved =
        table.fields().stream()
            .filter(Field::isKey)
            .anyMatch(
                field ->
                    !Objects.deepEquals(
                        field.getter().getFieldOrNull(event.before()),
                        field.getter().getFieldOrNull(event.after())));
    if (!isMoved) {
      return;
    }
    if (!isAlone) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "a row of table "
              + event.tableId()
              + " got another key with one event, and other writers may have rows of the old one:"
              + " set the pipeline's parallelism to 1, or use a source that says so with two events");
    }
    add(table, event.before(), true);
  }

  private void add(Known table, RecordData row, boolean deleted) {
    @Nullable Object[] values = new Object[table.fields().size()];
    for (int i = 0; i < values.length; i++) {
      Field field = table.fields().get(i);
      Object value = deleted && !field.isKey() ? null : field.getter().getFieldOrNull(row);
      values[i] = value == null ? null : write(table, field, value);
    }
    writer.add(table.shape(), deleted, values);
  }

  private static Object write(Known table, Field field, Object value) {
    try {
      return field.writer().write(value);
    } catch (IllegalArgumentException e) {
      throw new DatabaseException(
          DatabaseException.Kind.DATA,
          "table "
              + table.shape().table()
              + ", column "
              + field.name()
              + ": a value cannot be written as it is: "
              + e.getMessage());
    }
  }

  /**
   * Asked for before a change of a table, which comes behind what is staged, wherever that is; what
   * is staged becomes durable in {@link #prepareCommit}.
   */
  @Override
  public void flush(boolean endOfInput) {}

  /** Always one, also without rows: it says which writers there are. */
  @Override
  public Collection<PipelineCommittable> prepareCommit() {
    try {
      return List.of(new PipelineCommittable.Staged(writer.finish()));
    } catch (RuntimeException e) {
      throw UnrecoverableException.classify(e);
    }
  }

  @Override
  public void close() {
    writer.close();
  }
}
