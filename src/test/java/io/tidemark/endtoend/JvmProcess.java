package io.tidemark.endtoend;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A JVM that has Flink's classes and the log's on its class path, and nothing else: neither
 * Tidemark's nor any database driver's.
 *
 * @param output what it prints and logs
 */
public record JvmProcess(String name, Process process, Path output) implements AutoCloseable {

  /** What the test's class path has and a Flink installation has not (it has SnakeYAML). */
  /** What the processes of tests print and log; tests that run at the same time have one each. */
  static final Path OUTPUT =
      Path.of("target", "endtoend", System.getProperty("tidemark.fork", "1"));

  private static final List<String> NOT_FLINK =
      List.of(
          "/org/postgresql/",
          "/com/mysql/",
          "/com/zendesk/",
          "/io/zonky/",
          "/info/picocli/",
          "/org/jspecify/",
          "/org/junit/",
          "/org/assertj/",
          "/net/jqwik/",
          "/net/bytebuddy/",
          "/com/tngtech/",
          "/org/opentest4j/",
          "/org/apiguardian/");

  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

  /**
   * Starts a class of Flink's with the same {@code --add-opens} as this JVM.
   *
   * @param options of the JVM
   */
  static JvmProcess start(
      String name,
      List<String> options,
      Map<String, String> environment,
      String mainClass,
      List<String> arguments)
      throws IOException {
    Files.createDirectories(OUTPUT);
    Path output = OUTPUT.resolve(name + ".out");
    List<String> command = new ArrayList<>();
    command.add(JAVA_HOME.resolve("bin").resolve("java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-opens"))
        .forEach(command::add);
    // Many short-lived JVMs on few cores: what the optimizing compiler costs does not pay off.
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.addAll(options);
    command.addAll(List.of("-cp", flinkClassPath(), mainClass));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    return new JvmProcess(name, process, output);
  }

  private static String flinkClassPath() {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(all.split(File.pathSeparator))
        .filter(path -> path.endsWith(".jar"))
        .filter(path -> NOT_FLINK.stream().noneMatch(path.replace('\\', '/')::contains))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /**
   * Waits for its end.
   *
   * @return its exit code
   */
  int awaitExit(Duration timeout) throws InterruptedException {
    if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError(name + " is still running; it printed:\n" + tail());
    }
    return process.exitValue();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGSTOP: it stands still, with all its connections open, until {@link #resume}. */
  public void suspend() throws Exception {
    signal("STOP");
  }

  /** SIGCONT. */
  public void resume() throws Exception {
    signal("CONT");
  }

  /** The names of its threads. */
  public List<String> threads() throws IOException {
    return jcmd("Thread.print").stream()
        .filter(line -> line.startsWith("\""))
        .map(line -> line.substring(1, line.indexOf('"', 1)))
        .toList();
  }

  /** How many objects of a class a full collection leaves. */
  int instances(String className) throws IOException {
    return jcmd("GC.class_histogram").stream()
        .map(line -> line.strip().split(" +"))
        .filter(fields -> fields.length > 3 && fields[3].equals(className))
        .mapToInt(fields -> Integer.parseInt(fields[1]))
        .sum();
  }

  private List<String> jcmd(String command) throws IOException {
    Process jcmd =
        new ProcessBuilder(
                JAVA_HOME.resolve("bin").resolve("jcmd").toString(),
                String.valueOf(process.pid()),
                command)
            .start();
    try (var lines = jcmd.inputReader()) {
      return lines.lines().toList();
    }
  }

  public String text() throws IOException {
    return Files.readString(output);
  }

  /** The end of its output, for a person who looks for what went wrong. */
  public String tail() {
    try {
      String text = text();
      return text.substring(Math.max(0, text.length() - 4000));
    } catch (IOException e) {
      return output + " cannot be read: " + e.getMessage();
    }
  }

  private void signal(String signal) throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start().waitFor();
    if (exit != 0) {
      throw new IOException(name + " could not be sent SIG" + signal);
    }
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
