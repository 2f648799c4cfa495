package io.tidemark.database;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A database said no, or did not answer. Thrown by the vendor folders, where the driver's error is
 * classified once; the message says what failed, where, the likely cause and what to do.
 */
public class DatabaseException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Goes on from what a server says that takes no writes. */
  public static final String NO_WRITES =
      "; the server takes no writes at present. In a fail-over this passes: a running job tries"
          + " again until it does. If it is a standby for good, or somebody has set it to read-only,"
          + " give the job the server that takes writes";

  /** Goes on from what a server says that does not have a schema, a table or a column. */
  public static final String NOT_THERE =
      "; if it was there when the stream began, it was dropped or renamed since: give it its name"
          + " back and start the job again, or drop the stream with ./tidemark drop and copy again";

  /** Goes on from what a server says that does not have a database. */
  public static final String NO_DATABASE =
      "; create the database, or correct its name in the URL. A target's database that was dropped"
          + " has taken the stream's ledger along: in an empty one the copy begins anew";

  /** Goes on from what a server says whose table has no partition for a row. */
  public static final String NO_PARTITION =
      "; give the table a partition that takes such rows, and start the job again";

  /** Goes on from what a server says that has something else of that name already. */
  public static final String TAKEN =
      "; what has the name there was not made by this job for what it copies now (a table that was"
          + " renamed at the source since leaves its indexes under their names): rename or drop it"
          + " and start the job again";

  /** Goes on from what a server says that makes the values of a column itself. */
  public static final String GENERATED =
      "; the column was made a generated one after the job had begun to write it: make it a plain"
          + " column again and start the job again";

  /** Goes on from what a server says of which no more is known than that it will say it again. */
  public static final String SAYS_SO =
      "; mend what it says, at the server or in the job file, and start the job again";

  /** What can be done about it. */
  public enum Kind {
    /** A lost connection, a deadlock, a serialization failure: the same may succeed later. */
    RETRYABLE,
    /** A value that the target does not take; it will never succeed without a person. */
    DATA,
    /** Anything else that will never succeed without a person: privileges, a missing slot. */
    FATAL
  }

  private final Kind kind;

  /**
   * @param message what failed, where, why and what to do next
   */
  public DatabaseException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /**
   * @param message what failed, where, why and what to do next
   * @param cause the driver's error; none that quotes a row
   */
  public DatabaseException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What failed, where, why and what to do next. */
  @Override
  public String getMessage() {
    return Objects.requireNonNullElse(super.getMessage(), kind.toString());
  }

  /** What can be done about it. */
  public Kind kind() {
    return kind;
  }

  /**
   * Whether a job that failed so must not start again by itself: it would only fail again, or, if
   * it was fenced, take the stream back from the one that has it.
   */
  public static boolean forbidsRestart(Throwable failure) {
    return failure instanceof FencedException
        || (failure instanceof DatabaseException known && known.kind != Kind.RETRYABLE);
  }
}
