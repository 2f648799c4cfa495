package io.tidemark.sink;

import io.tidemark.database.DatabaseException;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/** Why the sink failed. Flink starts the job again, and it goes on where the ledger stands. */
class SinkFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private SinkFailure(Throwable cause) {
    super(cause.getMessage(), cause);
  }

  /** Decides whether a restart could help. */
  static SinkFailure of(Throwable cause) {
    if (cause instanceof SinkFailure failure) {
      return failure;
    }
    return DatabaseException.forbidsRestart(cause) ? new ForGood(cause) : new SinkFailure(cause);
  }

  /**
   * One that a restart would only repeat, or that forbids one: a fenced job must not take the
   * stream back.
   */
  @ThrowableAnnotation(ThrowableType.NonRecoverableError)
  static final class ForGood extends SinkFailure {
    private static final long serialVersionUID = 1L;

    private ForGood(Throwable cause) {
      super(cause);
    }
  }
}
