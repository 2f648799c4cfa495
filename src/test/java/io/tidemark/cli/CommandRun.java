package io.tidemark.cli;

import java.io.ByteArrayOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** The commands in this process, with what they print. */
final class CommandRun {

  private CommandRun() {}

  /**
   * @param printed all of it; equal to another result if one contains the other's
   */
  record Result(int exitCode, String printed) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Result result
          && exitCode == result.exitCode
          && (printed.contains(result.printed) || result.printed.contains(printed));
    }

    @Override
    public int hashCode() {
      return exitCode;
    }
  }

  /** Gives a command as a person would, and waits for its end. One at a time. */
  static Result run(String... arguments) {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StringWriter err = new StringWriter();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      CommandLine commandLine = Main.commandLine();
      commandLine.setErr(new PrintWriter(err, true));
      commandLine.setOut(
          new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), true));
      int exitCode = commandLine.execute(arguments);
      return new Result(exitCode, out.toString(StandardCharsets.UTF_8) + err);
    } finally {
      System.setOut(before);
    }
  }
}
