package io.tidemark.database.jdbc;

import io.tidemark.staging.SinkTable;
import io.tidemark.staging.TableShape;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a target stages rows and merges them, where its SQL differs from others'. */
public interface StagingDialect extends Serializable {

  /** Creates the schema and the tables of the sinks' part of the ledger where they are missing. */
  List<String> createStatements();

  /** What is behind the columns of a table of the ledger's when it is made. */
  String tableOptions();

  /** What statements call a table of the ledger's schema. */
  String staged(String table);

  /** What the table of the session is called that has the last change of each key. */
  String gathered();

  /** What the table of the session is called in which rows are staged that are merged at once. */
  String passing();

  /**
   * Makes a table for staged rows: {@code tidemark_seq}, {@code tidemark_kind} (0 comes, 1 goes),
   * and the written columns, of the same types, as {@code c0}, {@code c1} and so on, which may all
   * be null.
   *
   * @param name as {@link #staged}, {@link #gathered} or {@link #passing} give it
   * @param temporary whether it is the session's own
   */
  void createStage(Connection connection, SinkTable table, String name, boolean temporary)
      throws SQLException;

  /**
   * Makes a staging table as {@link #createStage} does, whose columns are text, or bytes where the
   * values are: there may be no table yet as which it could be made.
   */
  void createTextStage(Connection connection, TableShape shape, String name) throws SQLException;

  /**
   * Fills {@link #gathered}, which was made as {@link #createStage} does it, as {@link #gathering}
   * does, from such tables: values are converted to the types that the table has.
   */
  List<String> gatheringTexts(Connection connection, TableShape shape, List<String> stages)
      throws SQLException;

  /** Drops {@link #gathered}, if it is there, without ending the transaction. */
  String droppingGathered();

  /** Writes rows to staging tables. */
  Load load(SinkTable table);

  /** A statement that empties a table of the session. */
  String emptying(String temporary);

  /**
   * Fills {@link #gathered} with the last change of each key.
   *
   * @param stages with the rows; a later one counts more
   */
  String gathering(SinkTable table, List<String> stages);

  /**
   * Brings the gathered changes into the table: those that go first, which make room for others in
   * unique keys; then those of rows that are there; then the new ones.
   */
  List<String> merging(Connection connection, SinkTable table) throws SQLException;

  /** Adds the rows of a staging table to a table without key. */
  String appending(SinkTable table, String stage);

  /** Sets how long this session waits for a table that others use, in milliseconds. */
  String tableLockTimeoutStatement(long millis);

  /** Rows on their way into a staging table. Used by one thread at a time. */
  interface Load {

    /**
     * Keeps a row until the next {@link #send}.
     *
     * @param sequence of the row among those of its staging table
     * @param values text, {@code byte[]}, {@link Boolean} or null
     */
    void add(long sequence, boolean deleted, @Nullable Object[] values);

    /** About how many bytes are kept. */
    long bytes();

    /** How many rows are kept. */
    int rows();

    /** Writes what is kept, and keeps it on. */
    void send(Connection connection, String stage) throws SQLException;

    /** Forgets what is kept. */
    void clear();
  }
}
