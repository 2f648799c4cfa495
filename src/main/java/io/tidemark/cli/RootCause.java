package io.tidemark.cli;

/** What a person has to know of a failure: our words, not the layers that carried them. */
public final class RootCause {

  private RootCause() {}

  /** The innermost message of our own; where there is none, the innermost of all. */
  public static String of(Throwable failure) {
    Throwable innermost = failure;
    Throwable ours = null;
    int depth = 0;
    for (Throwable cause = failure; cause != null && depth < 100; cause = cause.getCause()) {
      innermost = cause;
      if (cause.getClass().getName().startsWith("io.tidemark.") && cause.getMessage() != null) {
        ours = cause;
      }
      depth++;
    }
    if (ours != null) {
      return ours.getMessage();
    }
    return innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
  }
}
