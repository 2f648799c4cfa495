package io.tidemark.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program of this machine, run to its end. */
final class Command {

  private static final long MAX_MINUTES = 10;

  private Command() {}

  /**
   * Runs the program with no input and returns what it printed.
   *
   * @throws IOException if it is not there, fails, or is not done after ten minutes; with the end
   *     of what it printed
   */
  static String run(String... command) throws IOException {
    return run(List.of(command), Path.of("/dev/null"));
  }

  static String run(List<String> command, Path input) throws IOException {
    Path output = Files.createTempFile("tidemark-command-", ".log");
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().put("LC_ALL", "C");
      Process process =
          builder
              .redirectInput(input.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean done;
      try {
        done = process.waitFor(MAX_MINUTES, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while " + command.get(0) + " was running", e);
      }
      String printed = Files.readString(output, StandardCharsets.UTF_8);
      if (!done) {
        process.destroyForcibly();
        throw new IOException(
            command.get(0) + " is not done after " + MAX_MINUTES + " minutes: " + end(printed));
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            command.get(0) + " failed with " + process.exitValue() + ": " + end(printed));
      }
      return printed;
    } finally {
      Files.delete(output);
    }
  }

  private static String end(String printed) {
    String text = printed.strip();
    return text.substring(Math.max(0, text.length() - 1000));
  }
}
