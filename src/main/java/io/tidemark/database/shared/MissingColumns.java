package io.tidemark.database.shared;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.schema.TableId;
import java.util.List;

/** What is said of columns that a job copies and a table does not have. */
public final class MissingColumns {

  private MissingColumns() {}

  /**
   * Of columns that are missing, or are generated, of which there is nothing to copy.
   *
   * @param there all that the table has
   */
  public static DatabaseException of(TableId table, List<String> missing, List<String> there) {
    return new DatabaseException(
        Kind.FATAL,
        "the job copies columns "
            + missing
            + " of table "
            + table
            + ", which are not there or are generated; the table has "
            + there
            + ". Give them their names back, or correct source.columns in the job file where it"
            + " names them. If the table was copied with them already, drop the stream with"
            + " ./tidemark drop and copy again; or take the table out of source.tables for one"
            + " start, which goes on without it, and in again for the next, which copies it alone"
            + " (empty it at the target before)");
  }
}
