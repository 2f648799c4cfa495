package io.tidemark.teeth;

import io.tidemark.teeth.Tooth.Bite;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * Switches one rule off at a time and looks whether its tests notice. The checkout is not touched:
 * the changed classes are compiled into a folder of their own, which comes first on the class path
 * of the tests.
 */
final class Teeth {

  private static final Path FOLDER = Path.of("target", "teeth");

  /** Longer than any test waits for anything. */
  private static final Duration LIMIT = Duration.ofMinutes(5);

  /** As many as there are cores, since tests wait too; four at most. */
  private static final int AT_ONCE =
      Math.min(4, Math.max(2, Runtime.getRuntime().availableProcessors()));

  private enum Verdict {
    BITES,
    PASSES_WITHOUT_THE_RULE,
    FAILS_FOR_ANOTHER_REASON,
    FAILS_WITH_THE_RULE,
    DOES_NOT_RUN
  }

  private record Outcome(int exit, String failures) {}

  private record Line(String rule, Bite bite, Verdict verdict, Duration took) {}

  private Teeth() {}

  /** Arguments: the names of rules; without any, all of them. */
  public static void main(String[] rules) throws Exception {
    List<Tooth> teeth = Tooth.all();
    Set<String> unknown = new LinkedHashSet<>(List.of(rules));
    teeth.forEach(tooth -> unknown.remove(tooth.rule()));
    if (!unknown.isEmpty()) {
      System.err.println("teeth: there is no rule " + unknown + " in " + Tooth.FOLDER);
      System.exit(2);
    }
    List<Tooth> chosen =
        teeth.stream()
            .filter(tooth -> rules.length == 0 || Arrays.asList(rules).contains(tooth.rule()))
            .toList();
    List<Line> lines = new ArrayList<>();
    ExecutorService atOnce = Executors.newFixedThreadPool(AT_ONCE);
    try {
      Map<String, Boolean> sound = withTheRules(chosen, atOnce);
      List<Callable<Line>> work = new ArrayList<>();
      for (Tooth tooth : chosen) {
        for (Bite bite : tooth.bites()) {
          work.add(() -> line(tooth, bite, sound.get(bite.className())));
        }
      }
      for (Future<Line> line : atOnce.invokeAll(work)) {
        lines.add(line.get());
      }
    } finally {
      atOnce.shutdownNow();
    }
    long biting = lines.stream().filter(line -> line.verdict() == Verdict.BITES).count();
    System.out.printf("%n%d rules, %d of %d tests bite%n", chosen.size(), biting, lines.size());
    lines.stream().filter(line -> line.verdict() != Verdict.BITES).forEach(Teeth::print);
    System.exit(biting == lines.size() ? 0 : 1);
  }

  private static Line line(Tooth tooth, Bite bite, boolean sound) throws Exception {
    Instant start = Instant.now();
    Verdict verdict = sound ? without(tooth, bite) : Verdict.FAILS_WITH_THE_RULE;
    Line line = new Line(tooth.rule(), bite, verdict, Duration.between(start, Instant.now()));
    print(line);
    return line;
  }

  private static void print(Line line) {
    System.out.printf(
        "%-34s %-26s %4d s  %s%n",
        line.rule(),
        line.verdict().toString().toLowerCase(java.util.Locale.ROOT).replace('_', ' '),
        line.took().toSeconds(),
        line.bite().test().replaceFirst(".*\\.", ""));
  }

  /** By class, whether its tests that are used here pass on the code as it is. */
  private static Map<String, Boolean> withTheRules(List<Tooth> teeth, ExecutorService atOnce)
      throws Exception {
    Map<String, Set<String>> tests = new LinkedHashMap<>();
    for (Tooth tooth : teeth) {
      for (Bite bite : tooth.bites()) {
        tests.computeIfAbsent(bite.className(), unused -> new LinkedHashSet<>()).add(bite.test());
      }
    }
    Map<String, Future<Boolean>> running = new LinkedHashMap<>();
    tests.forEach(
        (name, used) -> running.put(name, atOnce.submit(() -> passes(name, List.copyOf(used)))));
    Map<String, Boolean> sound = new LinkedHashMap<>();
    for (Map.Entry<String, Future<Boolean>> entry : running.entrySet()) {
      sound.put(entry.getKey(), entry.getValue().get());
    }
    return sound;
  }

  private static boolean passes(String className, List<String> tests) throws Exception {
    Outcome outcome = run("with-the-rules", List.of(), tests);
    boolean passed = outcome.exit() == ForkedRun.PASSED;
    System.out.printf(
        "%s %s with the rules%n%s",
        className.replaceFirst(".*\\.", ""),
        passed ? "passes" : "FAILS",
        passed ? "" : outcome.failures() + "\n");
    return passed;
  }

  private static Verdict without(Tooth tooth, Bite bite) throws IOException, InterruptedException {
    Path classes = compile(tooth, bite);
    Outcome outcome = run(tooth.rule(), List.of(classes), List.of(bite.test()));
    if (outcome.exit() == ForkedRun.PASSED) {
      return Verdict.PASSES_WITHOUT_THE_RULE;
    }
    if (outcome.exit() != ForkedRun.FAILED) {
      System.out.println(outcome.failures());
      return Verdict.DOES_NOT_RUN;
    }
    if (!outcome.failures().contains(bite.says())) {
      System.out.println(outcome.failures());
      return Verdict.FAILS_FOR_ANOTHER_REASON;
    }
    return Verdict.BITES;
  }

  /** A constant of a changed file keeps its former value in other files: patch where it is used. */
  private static Path compile(Tooth tooth, Bite bite) throws IOException {
    // By test, as those of one rule may be at work at the same time.
    Path folder = FOLDER.resolve(tooth.rule()).resolve(bite.test().replaceFirst(".*[.]", ""));
    Path classes = Files.createDirectories(folder.resolve("classes"));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-proc:none",
                "-nowarn",
                "-parameters",
                "-implicit:none",
                "-classpath",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString()));
    for (Map.Entry<String, String> file : tooth.applied().entrySet()) {
      Path source = folder.resolve(file.getKey());
      Files.createDirectories(source.getParent());
      Files.writeString(source, file.getValue());
      arguments.add(source.toString());
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler.run(null, null, null, arguments.toArray(String[]::new)) != 0) {
      throw new IllegalStateException(tooth.rule() + ".patch does not compile");
    }
    return classes;
  }

  private static Outcome run(String name, List<Path> before, List<String> tests)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectories(FOLDER.resolve(name));
    String first = tests.get(0).replaceFirst(".*[.]", "");
    Path failures = folder.resolve("failures-" + first);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx1g");
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-opens"))
        .forEach(command::add);
    command.add("-classpath");
    StringBuilder path = new StringBuilder();
    before.forEach(entry -> path.append(entry.toAbsolutePath()).append(File.pathSeparatorChar));
    command.add(path + System.getProperty("java.class.path"));
    command.add(ForkedRun.class.getName());
    command.add(failures.toString());
    command.addAll(tests);
    Files.writeString(failures, "");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output-" + first).toFile())
            .start();
    if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      process.destroy(); // its servers end with it
      process.waitFor();
      return new Outcome(ForkedRun.BROKEN, tests + " did not end in " + LIMIT.toMinutes() + " min");
    }
    return new Outcome(process.exitValue(), Files.readString(failures));
  }
}
