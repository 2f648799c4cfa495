package io.tidemark.simulation;

/**
 * A rule of the protocol that a simulation can do without, to show that the simulation would notice
 * if the rule were broken.
 */
public enum Rule {
  /** A session is used only if it includes everything that the log reader has processed. */
  OPENING_RULE("the opening rule"),
  /** No transaction outside of an open, or not durable, session is processed. */
  HOLD_RULE("the hold rule"),
  /** Every range is judged by the snapshot of the session that read it. */
  PER_SESSION_INCLUSION("inclusion per session"),
  /** A snapshot is asked for the transaction's id, not for its place in the log. */
  INCLUSION_BY_ID("inclusion by id"),
  /** An update of the key is a delete and an insert, each judged by its own range. */
  KEY_CHANGE_SPLIT("the key-change split"),
  /** Ledger and data are committed together. */
  LEDGER_IN_SAME_TRANSACTION("the ledger in the same transaction"),
  /** A target transaction ends with a source transaction. */
  WHOLE_TRANSACTIONS("whole source transactions"),
  /** A writer whose epoch is old changes nothing. */
  EPOCH_FENCE("the epoch fence"),
  /** The epoch is raised before the ledger is read. */
  EPOCH_BEFORE_LEDGER("the epoch raised before the ledger is read"),
  /** The log passes a cycle only once a completed checkpoint contains it. */
  DURABLE_BEFORE_PASS("durable before pass"),
  /** The source is told that it need not keep the log only once a checkpoint is complete. */
  CONFIRM_WHEN_DURABLE("the log confirmed to the source only when it is durable"),
  /** What is said to be durable is kept until the coordinator's part of a checkpoint has it. */
  SAID_KEPT_UNTIL_KNOWN(
      "what is said to be durable kept until the coordinator is known to have it"),
  /** What was processed and may not be visible yet is remembered across a restart. */
  PENDING_KEPT("pending transactions kept across a restart"),
  /** A reopened key is copied again only once the transaction that reopened it is durable. */
  REOPEN_WHEN_DURABLE("a reopened key copied only once its reopening is durable"),
  /** The ledger keeps the snapshot from which a reopened key was copied again. */
  RECOPIED_SNAPSHOT_KEPT("the snapshot of a recopied key kept in the ledger"),
  /** A truncate leaves the keys alone that have been, or are being, copied after it. */
  CLEAR_SPARES_RECOPIED("clearing a range spares the recopied keys"),
  /** Nothing is judged by a coverage that has as copied what the log reader has given up. */
  UNCOVERED_BEFORE_PASS("the log held until it is known that a range is to be copied anew"),
  /** The log is held before a transaction that an open session may contain or not. */
  HOLD_IN_DOUBT("holding before what is in doubt"),
  /** A change that the copy may contain or not is not dropped. */
  DOUBT_APPLIED("changes in doubt applied"),
  /** A change that the copy may contain or not expects nothing of what it finds. */
  DOUBT_EXPECTS_NOTHING("changes in doubt expecting nothing"),
  /** Consistency is announced once the log has passed everything that the copy may contain. */
  UPPER_BOUND_PASSED("the upper bound passed before the target is consistent"),
  /** The upper bound has what is visible and not yet said to be. */
  UPPER_BOUND_COMPLETE("an upper bound that has what is visible before it is said to be"),
  /** A session counts as open only when the source cannot lose what it contains. */
  SNAPSHOT_ON_DISK("what a session contains on disk before the session counts"),
  /** Without a ledger: a barrier comes between whole chunks and whole transactions only. */
  WHOLE_BETWEEN_BARRIERS("whole chunks and transactions between two barriers"),
  /** Without a ledger: a chunk is handed out only once a completed checkpoint announces it. */
  ANNOUNCED_FIRST("chunks announced in a checkpoint before they are handed out"),
  /** Without a ledger: that a row is gone is said where an earlier life may have handed it out. */
  GONE_IS_SAID("what is gone of an exposed range said"),
  /** Without a ledger: exposed ranges are copied from sessions that end where the log stands. */
  LOG_PASSES_SESSIONS("the log read up to a session before exposed ranges are copied from it"),
  /** Without a ledger: what is gone is in a checkpoint before exposed ranges are copied. */
  GONE_BEFORE_COPY("what is gone in a checkpoint before exposed ranges are copied");

  private final String words;

  Rule(String words) {
    this.words = words;
  }

  /** The rule in words, to follow "without". */
  public String words() {
    return words;
  }
}
