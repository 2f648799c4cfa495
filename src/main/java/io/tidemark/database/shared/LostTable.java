package io.tidemark.database.shared;

import io.tidemark.schema.TableId;

/** What is said of a table that was copied and is not at the target any more. */
public final class LostTable {

  /** What is wrong. */
  public static final String PROBLEM =
      "the table is not at the target, and the ledger says that it was copied: it was dropped or"
          + " renamed there, and the stream would go on without its rows";

  /** What to do about it. */
  public static final String REMEDY =
      "give it its name back if it was renamed; or run the job once with the table taken out of"
          + " source.tables, which forgets it, and then again with it, which copies it anew";

  private LostTable() {}

  /** Both of a table, in a sentence. */
  public static String of(TableId table) {
    return "table " + table + ": " + PROBLEM + ". The way on: " + REMEDY;
  }
}
