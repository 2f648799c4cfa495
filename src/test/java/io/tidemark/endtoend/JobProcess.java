package io.tidemark.endtoend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The job in a process of its own, as {@code ./tidemark run} starts it, so that it can be killed
 * and stopped like one.
 */
final class JobProcess implements AutoCloseable {

  private static final AtomicInteger STARTED = new AtomicInteger();
  private final StreamWatch watch;
  private final Process process;
  private final Path output;
  private final Path log;

  private JobProcess(StreamWatch watch, Process process, Path output, Path log) {
    this.watch = watch;
    this.process = process;
    this.output = output;
    this.log = log;
  }

  /**
   * Starts {@code tidemark run} on the job.
   *
   * @param arguments more arguments of {@code run}
   */
  static JobProcess start(JobSettings job, String... arguments) throws IOException {
    Files.createDirectories(JvmProcess.OUTPUT);
    String name = job.pair().name() + "-" + STARTED.incrementAndGet();
    Path output = JvmProcess.OUTPUT.resolve(name + ".out");
    Path log = JvmProcess.OUTPUT.resolve(name + ".log");
    Path file = JvmProcess.OUTPUT.resolve(name + ".yaml");
    Files.writeString(file, job.yaml());
    Files.deleteIfExists(log);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.add("@conf/flink.options");
    command.add("-Dlog4j2.configurationFile=conf/log4j2.properties");
    command.add("-Dtidemark.log=" + log);
    command.addAll(List.of("-cp", classPath(), "io.tidemark.cli.Main", "run", file.toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    return new JobProcess(new StreamWatch(job.pair()), process, output, log);
  }

  /** Where to look at the stream from outside. */
  StreamWatch watch() {
    return watch;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  void awaitConsistent(Duration timeout) throws Exception {
    await("consistent", timeout, watch::consistent);
  }

  /** Waits until the target has everything that the source has written so far. */
  void awaitCaughtUp(Duration timeout) throws Exception {
    String end = watch.logEnd();
    await("caught up to " + end, timeout, () -> watch.reached(end));
  }

  /** Waits for something that this process does, and fails at once if it ends before. */
  void await(String what, Duration timeout, java.util.concurrent.Callable<Boolean> condition)
      throws Exception {
    Await.until(
        what,
        timeout,
        () -> {
          if (!process.isAlive() && !condition.call()) {
            throw new AssertionError("ended before it was " + what + "; " + describe());
          }
          return condition.call();
        },
        this::describe);
  }

  /** The end that it comes to by itself: its exit code. */
  int awaitExit(Duration timeout) throws Exception {
    if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("still running; " + describe());
    }
    return process.exitValue();
  }

  /** SIGKILL: nothing in it gets to run any more. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGSTOP: it stands still, with all its connections open, until {@link #resume}. */
  void suspend() throws Exception {
    signal("STOP");
  }

  /** SIGCONT. */
  void resume() throws Exception {
    signal("CONT");
  }

  /**
   * SIGINT, as Ctrl-C: it ends in good order. SIGTERM where the tests' own process ignores SIGINT,
   * as a shell makes what it starts in the background do: its children inherit that.
   */
  int interrupt(Duration timeout) throws Exception {
    signal(ignoresInterrupts() ? "TERM" : "INT");
    return awaitExit(timeout);
  }

  private boolean ignoresInterrupts() throws IOException {
    Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
    if (!Files.exists(status)) {
      return false;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .map(line -> Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16))
        .anyMatch(ignored -> (ignored & 1L << 1) != 0);
  }

  String output() {
    return read(output);
  }

  String log() {
    return read(log);
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }

  private void signal(String signal) throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start().waitFor();
    if (exit != 0) {
      throw new IOException("the process could not be sent SIG" + signal);
    }
  }

  private String describe() {
    return watch.describe()
        + (process.isAlive() ? "\nrunning" : "\nended with " + process.exitValue())
        + "; its output ends:\n"
        + tail(output(), 2500)
        + "\nits log ends:\n"
        + tail(log(), 6000);
  }

  private static String tail(String text, int length) {
    return text.substring(Math.max(0, text.length() - length));
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      return file + " cannot be read: " + e.getMessage();
    }
  }

  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }
}
