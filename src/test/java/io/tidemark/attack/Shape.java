package io.tidemark.attack;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A table as a seed believes it to be while it makes statements up: a statement that is wrong about
 * it is refused by the server, which does no harm. The first column is always {@code id}.
 */
final class Shape {

  /** The name of a column that the server computes. */
  static final String COMPUTED = "g";

  private final String name;
  private final Map<String, String> columns = new LinkedHashMap<>();
  private boolean partitioned;

  Shape(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  /** Types by column, {@code id} left out; may be changed. */
  Map<String, String> columns() {
    return columns;
  }

  boolean isPartitioned() {
    return partitioned;
  }

  /** All of its rows are in other tables. */
  void partition() {
    partitioned = true;
  }

  List<String> copied() {
    List<String> all = new ArrayList<>(List.of("id"));
    all.addAll(columns.keySet());
    return all;
  }
}
