package io.tidemark.database;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves in the ledger why a job fails, before it does, so that a later look at the stream can say
 * so. Where the ledger cannot be reached the job's log is all there is. Thread-safe if the ledger
 * is.
 */
public final class FailureNote {

  private static final Logger LOG = LoggerFactory.getLogger(FailureNote.class);

  private static final int MAX_DEPTH = 100;

  private final Optional<Ledger> ledger;

  /**
   * @param ledger empty where the job has none; then nothing is left
   */
  public FailureNote(Optional<Ledger> ledger) {
    this.ledger = ledger;
  }

  /**
   * Leaves it. Returns in the time that a connection to the target may take, and throws nothing.
   *
   * @param epoch of the attempt that fails; with 0, which is none, nothing is left
   */
  public void leave(long epoch, Throwable failure) {
    if (ledger.isEmpty() || epoch == 0 || failure instanceof FencedException) {
      return;
    }
    try {
      ledger.get().report(epoch, LedgerView.About.FAILURE, Optional.of(textOf(failure)));
    } catch (RuntimeException e) {
      LOG.warn(
          "The ledger does not take why the job fails ({}); it fails with: {}",
          textOf(e),
          textOf(failure));
    }
  }

  /** {@code call}, whose failure is left before it is thrown, unless {@code closed} by then. */
  public <T> Callable<T> leaving(LongSupplier epoch, BooleanSupplier closed, Callable<T> call) {
    return () -> {
      try {
        return call.call();
      } catch (Exception | Error e) {
        if (!closed.getAsBoolean()) {
          leave(epoch.getAsLong(), e);
        }
        throw e;
      }
    };
  }

  /**
   * In words that may be kept where others read them: the innermost message of our own, which names
   * no password and no row's contents; where there is none, what kind of failure it is, as a
   * library's message may quote either.
   */
  private static String textOf(Throwable failure) {
    Throwable innermost = failure;
    String ours = null;
    int depth = 0;
    for (Throwable cause = failure; cause != null && depth < MAX_DEPTH; cause = cause.getCause()) {
      innermost = cause;
      if (cause.getClass().getName().startsWith("io.tidemark.") && cause.getMessage() != null) {
        ours = cause.getMessage();
      }
      depth++;
    }
    return ours != null
        ? ours
        : "an unexpected " + innermost.getClass().getName() + "; the job's log has more";
  }
}
