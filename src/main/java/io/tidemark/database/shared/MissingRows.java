package io.tidemark.database.shared;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.schema.TableId;
import java.util.List;

/** Says that rows which the source changed are not at the target. */
public final class MissingRows {

  /** How many keys are named of many. */
  private static final int MOST_KEYS = 5;

  private MissingRows() {}

  /**
   * The failure of a change that did not find what the source found.
   *
   * @param table the target's
   * @param keys of the rows that are missing, for people; empty if nobody knows which they are
   * @param what the source did to them
   * @param done how many of the rows were there
   * @param wanted how many should have been
   */
  public static DatabaseException failure(
      TableId table, List<String> keys, String what, long done, int wanted) {
    String named =
        keys.isEmpty()
            ? ""
            : ", key "
                + String.join(", ", keys.stream().limit(MOST_KEYS).toList())
                + (keys.size() > MOST_KEYS ? ", …" : "");
    return new DatabaseException(
        Kind.DATA,
        "table "
            + table
            + named
            + ": the source did "
            + what
            + " "
            + wanted
            + (wanted == 1 ? " row" : " rows")
            + ", but only "
            + done
            + " of them exist at the target. Somebody else changed the target's table, or its rows"
            + " were not all copied; drop the stream with ./tidemark drop, empty its tables at the"
            + " target and copy again");
  }

  /**
   * The failure of an insert that the target did not carry out whole.
   *
   * @param table the target's
   * @param taken how many rows it took
   * @param wanted how many were inserted
   */
  public static DatabaseException notTaken(TableId table, long taken, long wanted) {
    return new DatabaseException(
        Kind.DATA,
        "table "
            + table
            + " took "
            + taken
            + " of "
            + wanted
            + " inserted rows. Somebody else wrote to the target's table; drop the stream"
            + " with ./tidemark drop, empty its tables at the target and copy again");
  }
}
