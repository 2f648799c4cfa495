package io.tidemark.simulation;

/** Something happened that the protocol promises not to happen. */
final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean livelock;

  Violation(String message) {
    super(message);
    this.livelock = false;
  }

  private Violation(String message, boolean livelock) {
    super(message);
    this.livelock = livelock;
  }

  /** Nothing wrong happened, and nothing else did either. */
  static Violation livelock(String message) {
    return new Violation(message, true);
  }

  boolean isLivelock() {
    return livelock;
  }

  Violation(String message, Throwable cause) {
    super(message, cause);
    this.livelock = false;
  }
}
