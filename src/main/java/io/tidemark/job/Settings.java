package io.tidemark.job;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One mapping of a job file, read strictly: every problem is noted with its line, and reading goes
 * on with the next setting.
 */
final class Settings {

  private static final Set<Tag> PLAIN_TAGS =
      Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL);

  /**
   * One value of the file.
   *
   * @param path the setting's full name: {@code copy.cycle}
   * @param text with placeholders replaced; may be a secret
   * @param written as the file has it, for messages
   */
  record Value(int line, String path, String text, String written) {}

  private final Problems problems;
  private final Placeholders placeholders;
  private final String path;
  private final int line;
  private final Map<String, NodeTuple> entries = new LinkedHashMap<>();

  private Settings(Problems problems, Placeholders placeholders, String path, int line) {
    this.problems = problems;
    this.placeholders = placeholders;
    this.path = path;
    this.line = line;
  }

  /** Reads a node as a mapping; one that is something else is a problem and counts as empty. */
  static Settings of(Node node, String path, Problems problems, Placeholders placeholders) {
    Settings settings = new Settings(problems, placeholders, path, line(node));
    if (node instanceof MappingNode mapping) {
      mapping.getValue().forEach(settings::enter);
    } else if (!isNull(node)) {
      problems.add(
          line(node), (path.isEmpty() ? "a job file" : path) + " must be a mapping (name: value)");
    }
    return settings;
  }

  private void enter(NodeTuple tuple) {
    Node key = tuple.getKeyNode();
    if (!(key instanceof ScalarNode scalar) || isNull(key)) {
      problems.add(line(key), "a setting's name must be plain text");
      return;
    }
    NodeTuple first = entries.putIfAbsent(scalar.getValue(), tuple);
    if (first != null) {
      problems.add(
          line(key),
          full(scalar.getValue()) + " is there twice; first in line " + line(first.getKeyNode()));
    }
  }

  /** Notes every name that is none of {@code known}. */
  Settings allow(Set<String> known) {
    entries.forEach(
        (name, tuple) -> {
          if (!known.contains(name)) {
            problems.add(line(tuple.getKeyNode()), unknown(name, known));
          }
        });
    return this;
  }

  private String unknown(String name, Set<String> known) {
    String hint =
        NearestName.of(name, known)
            .map(nearest -> "; did you mean " + nearest + "?")
            .or(() -> JobFile.sectionOf(name).map(section -> "; it belongs under " + section))
            .orElseGet(
                () -> "; known are " + known.stream().sorted().collect(Collectors.joining(", ")));
    return "there is no setting " + full(name) + hint;
  }

  /** The settings under {@code name}; none if it is not there. */
  Settings section(String name) {
    NodeTuple tuple = entries.get(name);
    return tuple == null
        ? new Settings(problems, placeholders, full(name), line)
        : of(tuple.getValueNode(), full(name), problems, placeholders);
  }

  /** The section, and a problem if it is not there. */
  Settings requiredSection(String name) {
    if (!entries.containsKey(name)) {
      problems.add(line, full(name) + " is missing");
    }
    return section(name);
  }

  boolean has(String name) {
    return entries.containsKey(name);
  }

  Set<String> names() {
    return entries.keySet();
  }

  int lineOf(String name) {
    NodeTuple tuple = entries.get(name);
    return tuple == null ? line : line(tuple.getKeyNode());
  }

  /** The value, or empty if it is not there or is a problem. */
  Optional<Value> value(String name) {
    NodeTuple tuple = entries.get(name);
    return tuple == null ? Optional.empty() : scalar(tuple.getValueNode(), full(name));
  }

  Optional<Value> requiredValue(String name) {
    if (!entries.containsKey(name)) {
      problems.add(line, full(name) + " is missing");
    }
    return value(name);
  }

  /** The values of a list; a single value counts as a list of one. Problems are left out. */
  List<Value> values(String name) {
    NodeTuple tuple = entries.get(name);
    if (tuple == null) {
      return List.of();
    }
    if (!(tuple.getValueNode() instanceof SequenceNode sequence)) {
      return value(name).map(List::of).orElse(List.of());
    }
    List<Value> values = new ArrayList<>();
    for (Node node : sequence.getValue()) {
      scalar(node, "an entry of " + full(name)).ifPresent(values::add);
    }
    if (sequence.getValue().isEmpty()) {
      problems.add(line(sequence), full(name) + " is empty");
    }
    return values;
  }

  void problem(int line, String reason) {
    problems.add(line, reason);
  }

  private Optional<Value> scalar(Node node, String path) {
    if (isNull(node)) {
      problems.add(line(node), path + " has no value");
      return Optional.empty();
    }
    if (!(node instanceof ScalarNode scalar)) {
      problems.add(line(node), path + " must be a single value");
      return Optional.empty();
    }
    if (!PLAIN_TAGS.contains(node.getTag())) {
      problems.add(line(node), path + " has a YAML tag; quote a value that starts with !");
      return Optional.empty();
    }
    return placeholders
        .resolve(scalar.getValue(), reason -> problems.add(line(node), path + ": " + reason))
        .map(text -> new Value(line(node), path, text, scalar.getValue()));
  }

  private String full(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }
}
