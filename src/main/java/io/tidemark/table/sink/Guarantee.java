package io.tidemark.table.sink;

/** What {@code sink.delivery-guarantee} may be; the option's values are these names. */
enum Guarantee {
  EXACTLY_ONCE("exactly-once"),
  AT_LEAST_ONCE("at-least-once"),
  NONE("none");

  private final String name;

  Guarantee(String name) {
    this.name = name;
  }

  /** As Flink prints and reads it in an option. */
  @Override
  public String toString() {
    return name;
  }
}
