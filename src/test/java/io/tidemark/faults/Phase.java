package io.tidemark.faults;

import java.util.Locale;

/** What the job is at when it is struck. */
enum Phase {
  /** Some chunks are there, others are not. */
  COPY,
  /** The target is consistent, and follows the log. */
  STREAM;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
