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

  private final String name;
  private final Map<String, String> columns = new LinkedHashMap<>();
  private final List<String> partitions = new ArrayList<>();
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

  /** May be changed. */
  List<String> partitions() {
    return partitions;
  }

  boolean isPartitioned() {
    return partitioned;
  }

  void partition(List<String> names) {
    partitioned = true;
    partitions.addAll(names);
  }

  List<String> copied() {
    List<String> all = new ArrayList<>(List.of("id"));
    all.addAll(columns.keySet());
    return all;
  }
}
