package io.tidemark.simulation;

/**
 * The columns of a simulated row that are not its key.
 *
 * @param large empty, or a value so large that the log leaves it out where it did not change
 */
record Content(String small, String large) {

  @Override
  public String toString() {
    return large.isEmpty() ? small : small + "+" + large;
  }
}
