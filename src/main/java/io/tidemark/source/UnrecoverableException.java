package io.tidemark.source;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.FencedException;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/** Ends the job for good: a restart cannot help, or must not happen. */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
final class UnrecoverableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private UnrecoverableException(Throwable cause) {
    super(cause.getMessage(), cause);
  }

  /** {@code failure} as it should reach Flink: wrapped where a restart would not help. */
  static RuntimeException classify(Throwable failure) {
    if (failure instanceof UnrecoverableException known) {
      return known;
    }
    boolean isFinal =
        failure instanceof FencedException
            || (failure instanceof DatabaseException database
                && database.kind() != DatabaseException.Kind.RETRYABLE);
    if (isFinal) {
      return new UnrecoverableException(failure);
    }
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(failure.getMessage(), failure);
  }
}
