package io.tidemark.source;

/**
 * Starts the whole stream again because one of its subtasks has failed. Never the first failure:
 * the subtask's own one says why.
 */
public final class SubtaskLostException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  SubtaskLostException(int subtask) {
    super(
        "subtask "
            + subtask
            + " was lost, for the reason that its own failure gives; the whole stream restarts under"
            + " a new epoch and goes on from its ledger");
  }
}
