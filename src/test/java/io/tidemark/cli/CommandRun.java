package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.job.JobFile;
import io.tidemark.job.PreparedJob;
import io.tidemark.lab.Server;
import io.tidemark.settings.ConnectionSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;

/** The commands in this process, with what they print. */
final class CommandRun {

  private static final Duration WAIT = Duration.ofMinutes(2);

  private CommandRun() {}

  /**
   * @param printed all of it
   */
  record Result(int exitCode, String printed) {

    /** Asserts how it ended, and that this is part of what it printed. */
    void requires(int expectedExitCode, String part) {
      assertThat(exitCode).as(printed).isEqualTo(expectedExitCode);
      assertThat(printed).contains(part);
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

  /** A job with short cycles and small chunks, in a file that is named after it. */
  static Path jobFile(
      Path directory, String name, ConnectionSpec source, ConnectionSpec target, String tables)
      throws IOException {
    return Files.writeString(
        directory.resolve(name + "-" + UUID.randomUUID() + ".yaml"),
        """
        name: %s
        source: {url: "%s", user: "%s", password: "%s", tables: "%s"}
        target: {url: "%s", user: "%s", password: "%s"}
        copy: {cycle: 1s, chunk-rows: 500}
        checkpoint: {interval: 500ms}
        """
            .formatted(
                name,
                source.url(),
                source.user(),
                source.password(),
                tables,
                target.url(),
                target.user(),
                target.password()));
  }

  /** Starts a job beside the test, which closes it. */
  static JobRun start(Path file) throws InterruptedException {
    PreparedJob prepared = PreparedJob.prepare(JobFile.read(file), line -> {}).orElseThrow();
    return JobRun.start(prepared, Optional.empty(), 0);
  }

  static void await(BooleanSupplier condition) throws Exception {
    Await.until(
        "what the test waits for", WAIT, condition::getAsBoolean, () -> "see the job's log");
  }

  static long number(Server server, String database, String sql) {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
