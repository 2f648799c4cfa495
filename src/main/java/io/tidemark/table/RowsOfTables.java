package io.tidemark.table;

import io.tidemark.change.ChangeEvent;
import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.schema.Table;
import io.tidemark.table.RowMetadata.Coming;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Hands the rows of a source to the scans that want them, each at an output of its own. Behind the
 * source's subtask, in whose order events come.
 */
final class RowsOfTables extends ProcessFunction<ChangeEvent, RowData> {

  private static final long serialVersionUID = 1L;

  /** A scan and where its rows go. */
  record Output(TableScan scan, OutputTag<RowData> tag) implements Serializable {}

  /** Grows until the job is made, which takes what is there then. */
  private final List<Output> outputs;

  private final String database;

  private transient Map<Table, List<Scan>> scans;
  private transient @Nullable Chunk open;

  private record Scan(OutputTag<RowData> tag, ChangelogForm changelog, RowMaker maker) {}

  /** What is being read, and whether rows of it have gone out. */
  private static final class Chunk {
    private final List<Scan> scans;
    private final PortableRows.Decoder decoder;
    private boolean hasRows;

    Chunk(List<Scan> scans, int columns) {
      this.scans = scans;
      this.decoder = new PortableRows.Decoder(columns);
    }
  }

  /**
   * @param outputs which whoever adds the job's tables adds to
   * @param database what metadata call the database; empty where a schema is one
   */
  RowsOfTables(List<Output> outputs, String database) {
    this.outputs = outputs;
    this.database = database;
    this.scans = Map.of();
  }

  @Override
  public void open(OpenContext context) {
    scans = new HashMap<>();
  }

  @Override
  public void processElement(ChangeEvent event, Context context, Collector<RowData> none) {
    if (event instanceof ChangeEvent.ChunkBegin begin) {
      if (!begin.format().equals(PortableRows.FORMAT)) {
        throw new IllegalStateException("rows come as " + begin.format());
      }
      open = new Chunk(scansOf(begin.table()), begin.table().columns().size());
    } else if (event instanceof ChangeEvent.ChunkRows rows) {
      copied(opened(), rows, context);
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
      for (int i = 0; i < changes.changes().size(); i++) {
        changed(changes.changes().get(i), new Coming(changes.origin(), i), context);
      }
    }
  }

  private Chunk opened() {
    Chunk chunk = open;
    if (chunk == null) {
      throw new IllegalStateException("rows of a chunk come without its begin");
    }
    return chunk;
  }

  private static void copied(Chunk chunk, ChangeEvent.ChunkRows rows, Context context) {
    chunk.decoder.add(rows.bytes(), rows.length());
    Optional<Row> next = chunk.decoder.next();
    while (next.isPresent()) {
      chunk.hasRows = true;
      for (Scan scan : chunk.scans) {
        if (scan.maker().isWanted(next.get())) {
          context.output(scan.tag(), scan.maker().whole(RowKind.INSERT, next.get(), Coming.COPIED));
        }
      }
      next = chunk.decoder.next();
    }
  }

  private void changed(RowChange change, Coming coming, Context context) {
    if (change instanceof RowChange.Insert insert) {
      each(
          insert.table(),
          context,
          (scan, out) -> {
            if (scan.maker().isWanted(insert.row())) {
              out.accept(scan.maker().whole(RowKind.INSERT, insert.row(), coming));
            }
          });
    } else if (change instanceof RowChange.Put put) {
      throw RowRefusedException.unexpected(put.table(), "a row that may be there already");
    } else if (change instanceof RowChange.Update update) {
      each(update.table(), context, (scan, out) -> updated(scan, update, coming, out));
    } else if (change instanceof RowChange.Delete delete) {
      each(delete.table(), context, (scan, out) -> deleted(scan, delete.before(), coming, out));
    } else if (change instanceof RowChange.Remove remove) {
      each(remove.table(), context, (scan, out) -> removed(scan, remove.before(), coming, out));
    } else if (change instanceof RowChange.Truncate || change instanceof RowChange.Clear) {
      // The log reader ends such a statement before.
      throw new IllegalStateException("rows are gone without a word of which");
    } else if (change instanceof RowChange.Reopen reopen) {
      throw RowRefusedException.unexpected(
          reopen.table(), "a row of which the log does not have all values");
    } else if (change instanceof RowChange.Uncover uncover) {
      throw RowRefusedException.unexpected(
          uncover.table(), "rows of which the log does not have all values");
    }
  }

  private interface Emitting {
    void emit(Scan scan, Consumer<RowData> out);
  }

  private void each(Table table, Context context, Emitting emitting) {
    for (Scan scan : scansOf(table)) {
      emitting.emit(scan, row -> context.output(scan.tag(), row));
    }
  }

  /** A row that becomes one that is wanted comes, and one that was goes. */
  private static void updated(
      Scan scan, RowChange.Update update, Coming coming, Consumer<RowData> out) {
    Row after = update.before().map(update.after()::completedFrom).orElse(update.after());
    boolean isMoved = update.changesKey();
    boolean isWanted = scan.maker().isWanted(after);
    boolean wasWanted = true;
    if (scan.changelog() == ChangelogForm.ALL) {
      Row before =
          update
              .before()
              .orElseThrow(
                  () ->
                      RowRefusedException.unexpected(
                          update.table(), "an update without its old row"));
      wasWanted = scan.maker().isWanted(before);
      if (wasWanted) {
        RowKind told = isMoved ? RowKind.DELETE : RowKind.UPDATE_BEFORE;
        RowKind goes = isWanted ? told : RowKind.DELETE;
        out.accept(scan.maker().whole(goes, told, before, coming));
      }
    } else if (isMoved || !isWanted) {
      // Whether it was wanted cannot be told; whoever has none of this key has nothing to do.
      out.accept(scan.maker().ofKey(update.found(), coming));
    }
    if (isWanted) {
      RowKind told = isMoved ? RowKind.INSERT : RowKind.UPDATE_AFTER;
      RowKind comes = wasWanted ? told : RowKind.INSERT;
      out.accept(scan.maker().whole(comes, told, after, coming));
    }
  }

  private static void deleted(Scan scan, Row before, Coming coming, Consumer<RowData> out) {
    if (scan.changelog() != ChangelogForm.ALL) {
      out.accept(scan.maker().ofKey(before, coming));
    } else if (scan.maker().isWanted(before)) {
      out.accept(scan.maker().whole(RowKind.DELETE, before, coming));
    }
  }

  /** A row that may have been handed out before a restart: inside of Flink it comes and goes. */
  private static void removed(Scan scan, Row before, Coming coming, Consumer<RowData> out) {
    if (scan.changelog() == ChangelogForm.ALL && scan.maker().isWanted(before)) {
      out.accept(scan.maker().whole(RowKind.INSERT, before, coming));
    }
    deleted(scan, before, coming, out);
  }

  private List<Scan> scansOf(Table table) {
    return scans.computeIfAbsent(table, this::make);
  }

  private List<Scan> make(Table table) {
    List<Scan> made = new ArrayList<>();
    for (Output output : outputs) {
      TableScan scan = output.scan();
      if (scan.tables().contains(table.id())) {
        made.add(
            new Scan(output.tag(), scan.changelog().form(), new RowMaker(table, scan, database)));
      }
    }
    return made;
  }
}
