package io.tidemark.attack;

/**
 * One thing that a seed does.
 *
 * @param session which of the source's sessions executes it
 * @param sql a statement, in which {@code {db}} stands for the database; empty unless it is SQL
 */
record Step(Act act, int session, String sql, Weight weight) {

  /** What is done. */
  enum Act {
    /** A statement at the source. */
    SQL,
    /** A statement at the target, by somebody else. */
    TARGET,
    /** The job is stopped, and what follows happens while nobody looks. */
    STOP,
    /** The job's next run is prepared, its tables at the target too, and not submitted yet. */
    PREPARE,
    /** The job is started. */
    START,
    /** Until the target has all that the source has. */
    WAIT
  }

  /** What a statement can do to the copied rows; orders what is worse behind. */
  enum Weight {
    /** It changes rows, and the log says so. */
    ROWS,
    /** It changes no row: a stop that it causes is loud, and needless. */
    HARMLESS,
    /** It may change what rows are or mean. */
    MEANING,
    /** The same, and has no place in the log: it is noticed within a second. */
    UNPLACED
  }

  static Step of(Act act) {
    return new Step(act, 0, "", Weight.ROWS);
  }

  static Step sql(int session, String sql, Weight weight) {
    return new Step(Act.SQL, session, sql, weight);
  }

  /** Whether a server executes it. */
  boolean isSql() {
    return act == Act.SQL || act == Act.TARGET;
  }

  /** As a line of a script. */
  String print() {
    return switch (act) {
      case SQL -> "/* session %d */ %s;".formatted(session, sql);
      case TARGET -> "/* target */ %s;".formatted(sql);
      default -> "-- the job: " + act;
    };
  }
}
