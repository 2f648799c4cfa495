package io.tidemark.cli;

import java.util.Objects;

/** What a person has to know of a failure: our words, not the layers that carried them. */
public final class RootCause {

  private RootCause() {}

  /** The innermost message of our own; where there is none, the innermost of all. */
  public static String of(Throwable failure) {
    Throwable innermost = failure;
    String ours = null;
    int depth = 0;
    for (Throwable cause = failure; cause != null && depth < 100; cause = cause.getCause()) {
      innermost = cause;
      if (cause.getClass().getName().startsWith("io.tidemark.") && cause.getMessage() != null) {
        ours = cause.getMessage();
      }
      depth++;
    }
    if (ours != null) {
      return ours;
    }
    return Objects.requireNonNullElse(innermost.getMessage(), innermost.toString());
  }
}
