package io.tidemark.database;

import io.tidemark.change.KeyRange;
import io.tidemark.database.SnapshotSession.Output;
import io.tidemark.schema.Table;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

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

  /** Reads from a session of {@code source}, whose rows are in the portable encoding. */
  static TableReader of(SourceDatabase source) {
    List<Table> tables;
    try (SourceControl control = source.openControl(1)) {
      tables = control.tables().stream().sorted(Comparator.comparing(Table::id)).toList();
    }
    SnapshotSession session = source.openSession(1, Optional.empty(), tables);
    return new TableReader() {
      @Override
      public List<Table> tables() {
        return tables;
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
