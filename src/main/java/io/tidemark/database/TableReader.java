package io.tidemark.database;

import io.tidemark.change.KeyRange;
import io.tidemark.change.PortableRows;
import io.tidemark.change.Row;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;

/**
 * One consistent read of whole tables, for a comparison. Puts nothing up at the database. Used by
 * one thread at a time.
 */
public interface TableReader extends AutoCloseable {

  /** The selected tables, by schema and name. What their columns say of values is true of rows. */
  List<Table> tables();

  /**
   * Reads every row of one of the tables, in any order; the same rows whenever it is called.
   *
   * @param rows may keep what it takes, which keeps the rows' neighbours in memory too
   * @throws TableChangedException if the table is not what it was any more; what was read until
   *     then is void
   */
  void read(Table table, Rows rows) throws InterruptedException;

  /** Takes one row after the other. */
  interface Rows {
    /** Takes one row; may block, which makes the read wait. */
    void take(Row row) throws InterruptedException;
  }

  /**
   * The last value that each sequence has given out, now, as sequences are in no snapshot; empty
   * where this is nothing to compare.
   */
  default Map<TableId, Long> sequences() {
    return Map.of();
  }

  /**
   * Each table's indexes and constraints, with what they are and their names; empty where these are
   * nothing to compare.
   */
  default Map<TableId, SortedSet<String>> indexesAndConstraints() {
    return Map.of();
  }

  @Override
  void close();

  /**
   * Reads from a session, and closes it in the end.
   *
   * @param session gives rows in the portable encoding
   */
  static TableReader of(List<Table> tables, SnapshotSession session) {
    List<Table> sorted = tables.stream().sorted(Comparator.comparing(Table::id)).toList();
    return new TableReader() {
      @Override
      public List<Table> tables() {
        return sorted;
      }

      @Override
      public void read(Table table, Rows rows) throws InterruptedException {
        PortableRows.Decoder decoder = new PortableRows.Decoder(table.columns().size());
        session.read(
            table,
            KeyRange.everything(),
            (bytes, length) -> {
              decoder.add(bytes, length);
              for (Optional<Row> row = decoder.next(); row.isPresent(); row = decoder.next()) {
                rows.take(row.get());
              }
            });
        decoder.finish();
      }

      @Override
      public void close() {
        session.close();
      }
    };
  }
}
