package io.tidemark.table;

import java.io.Serializable;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.types.RowKind;

/**
 * What a table's rows are. Immutable.
 *
 * @param form what they say of its changes
 * @param isAppended whether each of them is a row that comes, and only {@code row_kind} says what
 *     became of it in the database
 */
record Changelog(ChangelogForm form, boolean isAppended) implements Serializable {

  private static final long serialVersionUID = 1L;

  /** What the planner is told. */
  ChangelogMode mode() {
    return isAppended ? ChangelogMode.insertOnly() : form.mode();
  }

  /** What a row is to Flink that is {@code kind} in the database. */
  RowKind kind(RowKind kind) {
    return isAppended ? RowKind.INSERT : kind;
  }
}
