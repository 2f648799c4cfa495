package io.tidemark.table;

import org.apache.flink.table.connector.ChangelogMode;

/** What a table's rows say of its changes. */
enum ChangelogForm {
  /** Every row that goes is there as it was: for what counts and sums. */
  ALL {
    @Override
    ChangelogMode mode() {
      return ChangelogMode.all();
    }
  },
  /** A row takes the place of whatever row has its key. */
  UPSERT {
    @Override
    ChangelogMode mode() {
      return ChangelogMode.upsert();
    }
  };

  /** What the planner is told. */
  abstract ChangelogMode mode();
}
