package io.tidemark.database;

/**
 * A failure in words that may be kept where others read them: only those of our own, which name no
 * password and no row's contents. A library's message may quote either.
 */
public final class FailureText {

  private static final int MAX_DEPTH = 100;

  private FailureText() {}

  /** The innermost message of our own; where there is none, what kind of failure it is. */
  public static String of(Throwable failure) {
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
