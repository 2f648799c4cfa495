package io.tidemark.database.mysql.rows;

import io.tidemark.change.Row;
import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.ValueBytes;
import io.tidemark.schema.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Turns the rows of one event into changes (MySQL internals, "Rows_event"). Used once. */
public final class RowsReader {

  /** What an event does to its rows. */
  public enum Action {
    /** Rows that came. */
    WRITE,
    /** Rows as they were and as they are, by turns. */
    UPDATE,
    /** The same, with differences in place of some JSON values. */
    PARTIAL_UPDATE,
    /** Rows that went. */
    DELETE
  }

  private static final int ROWS_AT_ONCE = 500;
  private static final int BYTES_AT_ONCE = 1 << 20;

  /** More than a number and its image of before can have as text. */
  private static final long NUMBER_BYTES = 64;

  /** In front of an image after an update that may have differences instead of values. */
  private static final int PARTIAL_JSON = 1;

  private final RowLayout layout;
  private final DefaultRows defaults;
  private final Action action;
  private final EventBytes in;
  private final boolean[] before;
  private final boolean[] after;
  private final int rowBytes;

  private ValueBytes out;
  private final List<RowLayout.@Nullable Image> images = new ArrayList<>();

  /**
   * @param defaults for what an image of an inserted row leaves out
   * @param body behind the number of the table and the flags
   * @throws IllegalArgumentException if it is malformed
   */
  public RowsReader(
      RowLayout layout,
      DefaultRows defaults,
      Action action,
      boolean hasExtraData,
      EventBytes body) {
    this.layout = layout;
    this.defaults = defaults;
    this.action = action;
    this.in = body;
    if (hasExtraData) {
      int length = body.u16();
      body.skip(length - 2L);
    }
    int count = body.packedCount();
    if (count != layout.size()) {
      throw new IllegalArgumentException(
          "rows of " + count + " columns follow a table of " + layout.size());
    }
    before = action == Action.WRITE ? new boolean[count] : body.bits(count);
    after = action == Action.DELETE ? new boolean[count] : body.bits(count);
    rowBytes = Math.min(body.remaining(), BYTES_AT_ONCE);
    out = room();
  }

  /** Numbers are longer as text; everything else is as long as it is in the event, or nearly so. */
  private ValueBytes room() {
    return new ValueBytes(rowBytes, in.remaining() + NUMBER_BYTES * layout.size());
  }

  /** Hands each change over in order; memory for some of the rows is held at a time. */
  public void forEach(Consumer<RowChange> consumer) {
    while (in.hasRemaining()) {
      int start = in.position();
      PartialJson json = new PartialJson(layout.table());
      if (action == Action.WRITE) {
        images.add(null);
        images.add(layout.read(in, after, json, out));
      } else {
        images.add(layout.read(in, before, json, out));
        images.add(action == Action.DELETE ? null : readAfter(json));
      }
      if (in.position() == start) {
        throw new IllegalArgumentException("its rows have no columns");
      }
      if (images.size() >= 2 * ROWS_AT_ONCE || out.size() >= BYTES_AT_ONCE) {
        flush(consumer);
      }
    }
    flush(consumer);
  }

  private RowLayout.Image readAfter(PartialJson json) {
    if (action == Action.PARTIAL_UPDATE) {
      long options = in.packed();
      if ((options & ~PARTIAL_JSON) != 0) {
        throw new IllegalArgumentException("rows with options " + options + " are unknown");
      }
      if (options == PARTIAL_JSON) {
        json.begin(layout, in.bits(layout.jsonCount()));
      }
    }
    return layout.read(in, after, json, out);
  }

  private void flush(Consumer<RowChange> consumer) {
    byte[] bytes = out.finish();
    for (int i = 0; i < images.size(); i += 2) {
      consumer.accept(change(image(i, bytes), image(i + 1, bytes)));
    }
    images.clear();
    out = room();
  }

  private Optional<Row> image(int index, byte[] bytes) {
    return Optional.ofNullable(images.get(index)).map(image -> image.row(bytes));
  }

  private RowChange change(Optional<Row> old, Optional<Row> now) {
    Table table = layout.table();
    if (old.isEmpty()) {
      Row row = now.orElseThrow();
      if (!row.isComplete()) {
        row = row.completedFrom(defaults.of(table));
      }
      if (!row.isComplete()) {
        throw incomplete("an inserted row", "all columns");
      }
      return new RowChange.Insert(table, row);
    }
    requireIdentity(old.get());
    if (now.isEmpty()) {
      return new RowChange.Delete(table, old.get());
    }
    return new RowChange.Update(table, old, now.get().completedFrom(old.get()));
  }

  /** What is needed to find the row: its key, or all of it. */
  private void requireIdentity(Row row) {
    Table table = layout.table();
    if (table.key().isEmpty()) {
      if (!row.isComplete()) {
        throw incomplete("a changed row of a table without key", "all columns");
      }
      return;
    }
    for (int field : table.keyIndexes()) {
      if (!row.isPresent(field)) {
        throw incomplete("a changed row", "the key " + table.key().get().columns());
      }
    }
  }

  private DatabaseException incomplete(String what, String needed) {
    return new DatabaseException(
        Kind.FATAL,
        "the log holds "
            + what
            + " of table "
            + layout.table().id()
            + " without "
            + needed
            + ". Set binlog_row_image = FULL at the source (SET PERSIST, or SET GLOBAL; sessions that"
            + " are open keep their own), drop the stream with ./tidemark drop and copy again");
  }
}
