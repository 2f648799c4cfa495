package io.tidemark.database.postgres.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.catalog.PostgresCatalog;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.schema.TableId;
import io.tidemark.settings.SchemaChanges;
import java.util.List;
import java.util.Map;

/**
 * Which tables' changes the server sends to a stream, and whether that has been so without a break.
 * Borrows its connection; used by one thread at a time.
 */
public interface StreamPublication {

  /**
   * The publication that the stream makes, or the one that it was given. Asks nothing yet.
   *
   * @param memory of the stream's last look; nothing before its first
   */
  static StreamPublication of(PostgresQueries queries, StreamSource source, SourceMemory memory) {
    return source.isPublicationGiven()
        ? new GivenPublication(queries, source.publicationName(), memory)
        : new Publication(queries, source.publicationName());
  }

  /** Begins to be the publication of a new stream, of these tables. */
  void begin(List<PostgresCatalog.Entry> tables, Partitions partitions);

  /**
   * Checks it against the tables that are selected now; one of the stream's own gets and loses
   * tables with them.
   *
   * @param partitions what the tables have now
   * @param changes what becomes of a change of the partitions that the log does not tell of
   * @return whether tables were added and not yet settled, so that transactions that are open now
   *     may not be published for them
   * @throws DatabaseException fatal, if it is gone or changes may have gone by unpublished
   */
  boolean adapt(List<PostgresCatalog.Entry> tables, Partitions partitions, SchemaChanges changes);

  /** Notes that whatever was open when the last tables were added has ended. */
  void settle(List<PostgresCatalog.Entry> tables, Partitions partitions);

  /**
   * Checks that it publishes these tables, and that nobody has altered it in a way that leaves
   * changes of them out, be it that the change was undone.
   *
   * @param tables by their object ids
   * @throws DatabaseException fatal, if it does not, if somebody has, or if it is gone
   */
  void requireUnaltered(Map<Long, TableId> tables);

  /** Whether it names a table, and does not publish it with its schema or with all. */
  boolean isNamed(long table);

  /** The same, and what has to be known of it at the next look. */
  SourceMemory keptIn(SourceMemory memory);

  /** A table is not copied any more as it was. */
  static DatabaseException reshaped(TableId table) {
    return lost(
        "the columns, the key or the row filter of table "
            + table
            + " are not those that it was copied with",
        "what is at the target already does not have them (columns that were added since can be left"
            + " out: list the former ones under source.columns)");
  }

  /** Changes are missing in the log, and nobody can tell which. */
  static DatabaseException lost(String problem, String cause) {
    return new DatabaseException(
        Kind.FATAL,
        problem
            + ": "
            + cause
            + ". The stream cannot be continued exactly; drop it with ./tidemark drop and copy"
            + " again, or take the table out of the job");
  }
}
