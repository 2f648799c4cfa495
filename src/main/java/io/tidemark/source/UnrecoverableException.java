package io.tidemark.source;

import io.tidemark.database.DatabaseException;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/** Ends the job for good: a restart cannot help, or must not happen. */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
public final class UnrecoverableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private UnrecoverableException(Throwable cause) {
    super(cause.getMessage(), cause);
  }

  /** {@code failure} as it should reach Flink: wrapped where a restart would not help. */
  public static RuntimeException classify(Throwable failure) {
    if (failure instanceof UnrecoverableException known) {
      return known;
    }
    if (DatabaseException.forbidsRestart(failure)) {
      return new UnrecoverableException(failure);
    }
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(failure.getMessage(), failure);
  }
}
