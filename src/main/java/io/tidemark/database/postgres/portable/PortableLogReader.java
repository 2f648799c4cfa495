package io.tidemark.database.postgres.portable;

import io.tidemark.change.RowChange;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.postgres.catalog.PortableTable;
import io.tidemark.schema.Table;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A log whose rows are converted to the portable encoding. */
final class PortableLogReader implements LogReader {

  private final LogReader own;

  /** By the tables that the log speaks of. */
  private final Map<Table, PortableTable> tables = new HashMap<>();

  PortableLogReader(LogReader own, Collection<PortableTable> tables) {
    this.own = own;
    tables.forEach(table -> this.tables.put(table.own(), table));
  }

  @Override
  public Optional<Message> poll(Duration wait) throws InterruptedException {
    Optional<Message> message = own.poll(wait);
    return message.isPresent() && message.get() instanceof Changes changes
        ? Optional.of(new Changes(changes.changes().stream().map(this::convert).toList()))
        : message;
  }

  private RowChange convert(RowChange change) {
    if (change instanceof RowChange.Insert insert) {
      PortableTable table = table(insert.table());
      return new RowChange.Insert(table.table(), table.convert(insert.row()));
    }
    if (change instanceof RowChange.Update update) {
      PortableTable table = table(update.table());
      return new RowChange.Update(
          table.table(), update.before().map(table::convert), table.convert(update.after()));
    }
    if (change instanceof RowChange.Delete delete) {
      PortableTable table = table(delete.table());
      return new RowChange.Delete(table.table(), table.convert(delete.before()));
    }
    if (change instanceof RowChange.Truncate truncate) {
      List<Table> emptied = truncate.tables().stream().map(table -> table(table).table()).toList();
      return new RowChange.Truncate(emptied);
    }
    throw new IllegalArgumentException(
        "a log has no change of the kind " + change.getClass().getSimpleName());
  }

  private PortableTable table(Table table) {
    PortableTable known = tables.get(table);
    if (known == null) {
      throw PortableTable.altered(table);
    }
    return known;
  }

  @Override
  public void confirm(LogPosition durable) {
    own.confirm(durable);
  }

  @Override
  public void keepAlive() {
    own.keepAlive();
  }

  @Override
  public boolean isNothingUnlogged() {
    return own.isNothingUnlogged();
  }

  @Override
  public void close() {
    own.close();
  }
}
