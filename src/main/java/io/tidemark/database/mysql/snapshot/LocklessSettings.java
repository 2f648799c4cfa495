package io.tidemark.database.mysql.snapshot;

import io.tidemark.database.mysql.session.MySqlQueries;
import java.util.Optional;

/** What a MySQL server has to be set to if snapshots are to be taken without locks, and why. */
public enum LocklessSettings {
  /** Transactions are told apart by their GTIDs. */
  GTID_MODE("gtid_mode", "ON", "the transactions around a snapshot have no names"),
  /** See {@link BracketedSnapshot}. */
  ORDER_COMMITS(
      "binlog_order_commits", "ON", "what a snapshot contains cannot be told from gtid_executed"),
  /** What may have come with the copy is written again, whole. */
  ROW_IMAGE(
      "binlog_row_image",
      "FULL",
      "the log has only parts of the rows that may have to be put back"),
  /** What may have come with the copy is written again, with all of each JSON value. */
  ROW_VALUES("binlog_row_value_options", "", "the log has only parts of JSON values");

  private final String variable;
  private final String wanted;
  private final String otherwise;

  LocklessSettings(String variable, String wanted, String otherwise) {
    this.variable = variable;
    this.wanted = wanted;
    this.otherwise = otherwise;
  }

  /** What is wrong with the server, in words. */
  public Optional<String> problem(MySqlQueries queries) {
    return queries
        .variable(variable)
        .filter(value -> !value.equalsIgnoreCase(wanted))
        .map(
            value ->
                "copy.lock is none and "
                    + variable
                    + " is "
                    + (value.isEmpty() ? "empty" : value)
                    + ", so that "
                    + otherwise);
  }

  /** What to do about a {@link #problem}, in words. */
  public String remedy() {
    return "SET PERSIST "
        + variable
        + " = '"
        + wanted
        + "' (sessions that are open keep what they had), or copy with locks (copy.lock: tables)";
  }
}
