package io.tidemark.teeth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A rule of the production code, how it is switched off, and which tests fail then.
 *
 * <p>Its file is a unified diff after a few lines of {@code Word: text}. A test's class may leave
 * {@code io.tidemark.} out, and the line after it may say what the failure has to contain, so that
 * a test which fails for another reason does not count.
 *
 * @param rule the file's name without {@code .patch}
 * @param corner what would go wrong, as the documentation names it
 * @param why what the rule is
 * @param hunks by file
 */
record Tooth(
    String rule, String corner, String why, List<Bite> bites, Map<String, List<Hunk>> hunks) {

  static final Path FOLDER = Path.of("src", "test", "teeth");

  /**
   * A test that fails without the rule.
   *
   * @param says part of the failure's text
   */
  record Bite(String className, String method, String says) {
    String test() {
      return className + "#" + method;
    }
  }

  /** Lines that are there, and those that take their place. */
  record Hunk(List<String> before, List<String> after) {}

  Tooth {
    if (bites.isEmpty() || hunks.isEmpty() || corner.isEmpty() || why.isEmpty()) {
      throw new IllegalArgumentException(
          rule + ".patch lacks its corner, its rule, a test, or the change itself");
    }
  }

  /** All of them, by name. */
  static List<Tooth> all() throws IOException {
    List<Tooth> teeth = new ArrayList<>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".patch")).sorted().toList()) {
        String name = file.getFileName().toString();
        teeth.add(parse(name.substring(0, name.length() - 6), Files.readAllLines(file)));
      }
    }
    return teeth;
  }

  static Tooth parse(String rule, List<String> lines) {
    Map<String, String> words = new LinkedHashMap<>();
    List<Bite> bites = new ArrayList<>();
    Map<String, List<Hunk>> hunks = new TreeMap<>();
    int at = 0;
    for (; at < lines.size() && !lines.get(at).startsWith("--- "); at++) {
      String[] parts = lines.get(at).split(": ", 2);
      if (parts.length < 2) {
        throw new IllegalArgumentException(rule + ".patch: not a header: " + lines.get(at));
      }
      if (parts[0].equals("Test")) {
        String[] test = parts[1].split("#", 2);
        bites.add(new Bite("io.tidemark." + test[0], test[1], ""));
      } else if (parts[0].equals("Says")) {
        Bite last = bites.remove(bites.size() - 1);
        bites.add(new Bite(last.className(), last.method(), parts[1]));
      } else {
        words.put(parts[0], parts[1]);
      }
    }
    String file = "";
    List<String> before = new ArrayList<>();
    List<String> after = new ArrayList<>();
    for (; at < lines.size(); at++) {
      String line = lines.get(at);
      if (line.startsWith("--- ") || line.startsWith("@@")) {
        close(hunks, file, before, after);
        before = new ArrayList<>();
        after = new ArrayList<>();
      } else if (line.startsWith("+++ b/")) {
        file = line.substring(6);
      } else if (line.startsWith("-")) {
        before.add(line.substring(1));
      } else if (line.startsWith("+")) {
        after.add(line.substring(1));
      } else {
        String kept = line.isEmpty() ? "" : line.substring(1);
        before.add(kept);
        after.add(kept);
      }
    }
    close(hunks, file, before, after);
    return new Tooth(
        rule, words.getOrDefault("Corner", ""), words.getOrDefault("Rule", ""), bites, hunks);
  }

  private static void close(
      Map<String, List<Hunk>> hunks, String file, List<String> before, List<String> after) {
    if (!before.isEmpty() || !after.isEmpty()) {
      hunks.computeIfAbsent(file, unused -> new ArrayList<>()).add(new Hunk(before, after));
    }
  }

  /**
   * The changed files' new text. Where in a file a change belongs is told by its lines alone, which
   * therefore must be there exactly once: line numbers change with every edit above them.
   *
   * @throws IllegalStateException if the code has moved on and the patch no longer fits it
   */
  Map<String, String> applied() throws IOException {
    Map<String, String> texts = new TreeMap<>();
    for (Map.Entry<String, List<Hunk>> entry : hunks.entrySet()) {
      List<String> lines = new ArrayList<>(Files.readAllLines(Path.of(entry.getKey())));
      for (Hunk hunk : entry.getValue()) {
        int place = place(lines, hunk, entry.getKey());
        List<String> replaced = lines.subList(place, place + hunk.before().size());
        replaced.clear();
        replaced.addAll(hunk.after());
      }
      texts.put(entry.getKey(), String.join("\n", lines) + "\n");
    }
    return texts;
  }

  /** Its row in the table of {@code docs/tests.md}. */
  String tableRow() {
    List<String> tests =
        bites.stream().map(bite -> "`" + bite.test().replaceFirst(".*[.]", "") + "`").toList();
    return "| " + corner + " | " + why + " | " + String.join(", ", tests) + " | `" + rule + "` |";
  }

  private int place(List<String> lines, Hunk hunk, String file) {
    List<Integer> places = new ArrayList<>();
    for (int at = 0; at + hunk.before().size() <= lines.size(); at++) {
      if (lines.subList(at, at + hunk.before().size()).equals(hunk.before())) {
        places.add(at);
      }
    }
    if (places.size() != 1) {
      throw new IllegalStateException(
          FOLDER.resolve(rule + ".patch")
              + " no longer fits "
              + file
              + ": these lines are there "
              + places.size()
              + " times instead of once:\n"
              + String.join("\n", hunk.before()));
    }
    return places.get(0);
  }
}
