package io.tidemark.database;

import io.tidemark.change.KeyRange;
import io.tidemark.database.SnapshotSession.Output;
import io.tidemark.schema.Table;
import java.util.Comparator;
import java.util.List;

/**
 * One consistent read of whole tables, with rows in the portable encoding: for a comparison. Puts
 * nothing up at the database. Used by one thread.
 */
public interface TableReader extends AutoCloseable {

  /** The selected tables, by schema and name. */
  List<Table> tables();

  /**
   * Reads every row of one of the tables, in any order and in pieces of the form {@code
   * PortableRows}; the same rows whenever it is called.
   */
  void read(Table table, Output output) throws InterruptedException;

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
      public void read(Table table, Output output) throws InterruptedException {
        session.read(table, KeyRange.everything(), output);
      }

      @Override
      public void close() {
        session.close();
      }
    };
  }
}
