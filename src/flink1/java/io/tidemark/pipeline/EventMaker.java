package io.tidemark.pipeline;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.table.RowRefusedException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.DataChangeEvent;
import org.apache.flink.cdc.common.event.Event;
import org.jspecify.annotations.Nullable;

/**
 * Makes Flink CDC's events of what one subtask of the source reads: a table's columns before its
 * first row, then rows. Used by one thread.
 */
final class EventMaker {

  /** What is being read, and whether rows of it have gone out. */
  private static final class Chunk {
    private final SourceTable table;
    private final PortableRows.Decoder decoder;
    private boolean hasRows;

    Chunk(SourceTable table, int columns) {
      this.table = table;
      this.decoder = new PortableRows.Decoder(columns);
    }
  }

  private final Map<TableId, SourceTable> planned = new HashMap<>();
  private final Map<Table, SourceTable> described = new HashMap<>();
  private final Set<TableId> told = new HashSet<>();
  private @Nullable Chunk open;

  /**
   * @param tables as they were when the job was made
   */
  EventMaker(List<Table> tables) {
    for (Table table : tables) {
      SourceTable source = new SourceTable(table);
      planned.put(table.id(), source);
      described.put(table, source);
    }
  }

  /** Tells of all tables, also of those that will have no rows. */
  void tellAll(Consumer<Event> out) {
    planned.forEach((id, table) -> tell(id, table, out));
  }

  private void tell(TableId id, SourceTable table, Consumer<Event> out) {
    if (told.add(id)) {
      out.accept(new CreateTableEvent(table.id(), table.schema()));
    }
  }

  /**
   * @throws RowRefusedException if there is no exact event for it
   */
  void make(ChangeEvent event, Consumer<Event> out) {
    if (event instanceof ChangeEvent.ChunkBegin begin) {
      if (!begin.format().equals(PortableRows.FORMAT)) {
        throw new IllegalStateException("rows come as " + begin.format());
      }
      open = new Chunk(table(begin.table(), out), begin.table().columns().size());
    } else if (event instanceof ChangeEvent.ChunkRows rows) {
      copied(opened(), rows, out);
    } else if (event instanceof ChangeEvent.ChunkEnd) {
      opened().decoder.finish();
      open = null;
    } else if (event instanceof ChangeEvent.ChunkAborted aborted) {
      if (opened().hasRows) {
        // They cannot be taken back; everything goes back to the last checkpoint instead.
        throw new IllegalStateException("the copy of " + aborted.chunk() + " was broken off");
      }
      open = null;
    } else if (event instanceof ChangeEvent.Changes changes) {
      changes.changes().forEach(change -> changed(change, out));
    }
  }

  private Chunk opened() {
    Chunk chunk = open;
    if (chunk == null) {
      throw new IllegalStateException("rows of a chunk come without its begin");
    }
    return chunk;
  }

  private static void copied(Chunk chunk, ChangeEvent.ChunkRows rows, Consumer<Event> out) {
    chunk.decoder.add(rows.bytes(), rows.length());
    Optional<Row> next = chunk.decoder.next();
    while (next.isPresent()) {
      chunk.hasRows = true;
      out.accept(insert(chunk.table, next.get()));
      next = chunk.decoder.next();
    }
  }

  private static Event insert(SourceTable table, Row row) {
    return DataChangeEvent.insertEvent(table.id(), table.record(row));
  }

  private static Event delete(SourceTable table, Row row) {
    return DataChangeEvent.deleteEvent(table.id(), table.record(row));
  }

  private void changed(RowChange change, Consumer<Event> out) {
    if (change instanceof RowChange.Insert insert) {
      out.accept(insert(table(insert.table(), out), insert.row()));
    } else if (change instanceof RowChange.Update update) {
      updated(update, out);
    } else if (change instanceof RowChange.Delete delete) {
      out.accept(delete(table(delete.table(), out), delete.before()));
    } else if (change instanceof RowChange.Remove remove) {
      // It may have been handed out before a restart: whoever has it not is told that it came.
      SourceTable table = table(remove.table(), out);
      out.accept(insert(table, remove.before()));
      out.accept(delete(table, remove.before()));
    } else if (change instanceof RowChange.Put put) {
      throw RowRefusedException.unexpected(put.table(), "a row that may be there already");
    } else if (change instanceof RowChange.Truncate || change instanceof RowChange.Clear) {
      // The log reader ends such a job before.
      throw new IllegalStateException("rows are gone without a word of which");
    } else if (change instanceof RowChange.Reopen reopen) {
      throw RowRefusedException.unexpected(
          reopen.table(), "a row of which the log does not have all values");
    } else if (change instanceof RowChange.Uncover uncover) {
      throw RowRefusedException.unexpected(
          uncover.table(), "rows of which the log does not have all values");
    }
  }

  /** Rows of two keys may go two ways: one goes, and the other comes. */
  private void updated(RowChange.Update update, Consumer<Event> out) {
    SourceTable table = table(update.table(), out);
    Row before =
        update
            .before()
            .orElseThrow(
                () ->
                    RowRefusedException.unexpected(
                        update.table(), "an update without its old row"));
    Row after = update.after().completedFrom(before);
    if (update.changesKey()) {
      out.accept(delete(table, before));
      out.accept(insert(table, after));
    } else {
      out.accept(
          DataChangeEvent.updateEvent(table.id(), table.record(before), table.record(after)));
    }
  }

  private SourceTable table(Table table, Consumer<Event> out) {
    SourceTable known = described.get(table);
    if (known == null) {
      known = requireAsPlanned(table);
      described.put(table, known);
    }
    tell(table.id(), known, out);
    return known;
  }

  private SourceTable requireAsPlanned(Table table) {
    SourceTable now = new SourceTable(table);
    SourceTable then = planned.get(table.id());
    if (then == null || !then.schema().equals(now.schema())) {
      throw new RowRefusedException(altered(table.id().toString()));
    }
    return now;
  }

  /** What to do about a table that has other columns than the pipeline knows. */
  static String altered(String table) {
    return "table "
        + table
        + " has other columns, or another key, than when the pipeline began, and this source does"
        + " not tell of such a change: start the pipeline again without state, with empty or dropped"
        + " tables at the target";
  }
}
