package io.tidemark.database.postgres.portable;

import io.tidemark.change.KeyRange;
import io.tidemark.change.PortableRows;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.TableChangedException;
import io.tidemark.database.postgres.catalog.PortableTable;
import io.tidemark.database.postgres.snapshot.PostgresSession;
import io.tidemark.schema.Table;
import java.util.Map;

/** A session that gives rows in the portable encoding. */
final class PortableSession implements SnapshotSession {

  private final PostgresSession own;
  private final Map<Table, PortableTable> known;

  /**
   * @param own reads text
   */
  PortableSession(PostgresSession own, Map<Table, PortableTable> known) {
    this.own = own;
    this.known = known;
  }

  @Override
  public SnapshotPosition position() {
    return own.position();
  }

  @Override
  public String format(Table table) {
    return PortableRows.FORMAT;
  }

  @Override
  public long read(Table table, KeyRange range, Output output) throws InterruptedException {
    PortableTable there = known.get(table);
    if (there == null) {
      throw new TableChangedException(
          "table " + table.id() + " was dropped while it was being copied");
    }
    CopyTextRows rows = new CopyTextRows(there, output);
    long read = own.read(there.own(), there.own(range), rows::piece);
    rows.finish();
    return read;
  }

  @Override
  public void close() {
    own.close();
  }
}
