package io.tidemark.database;

import java.util.List;

/**
 * What a stream has put up at its source beside data, to be shown to a person and removed at their
 * word. Opens a connection per call. All of it may throw {@link DatabaseException}.
 */
public interface StreamRemains {

  /** The stream's sessions that are open now, each in words; a running job has some. */
  List<String> sessions();

  /**
   * Those of {@link #sessions} that a job of this epoch has; all of them where the source's
   * sessions do not say theirs.
   */
  List<String> sessionsOf(long epoch);

  /** What {@link #remove} would remove, each in words; empty if nothing is there. */
  List<String> parts();

  /** What the source keeps for a stream whose job is stopped, as a sentence. */
  String staying();

  /** Ends the sessions and removes the parts. Removes what is there when parts are missing. */
  void remove() throws InterruptedException;
}
