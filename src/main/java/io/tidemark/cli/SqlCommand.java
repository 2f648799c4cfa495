package io.tidemark.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code tidemark sql}: the statements of an SQL file in an embedded Flink. */
@Command(
    name = "sql",
    mixinStandardHelpOptions = true,
    description = {
      "Runs the statements of a file of Flink SQL in this process, until they end or Ctrl-C.",
      "What inserts runs beside the statements behind it; the rows of a SELECT are printed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidemark sql jobs/one-table.sql",
      "  TIDEMARK_OPTS=-Xmx4g tidemark sql FILE   with more memory for what is aggregated"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:all statements have ended", "1:a statement failed", "2:misuse"})
final class SqlCommand implements Callable<Integer> {

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  @Parameters(paramLabel = "FILE", description = "The SQL file.")
  private Path file;

  private final Terminal terminal = Terminal.ofProcess();
  private final AtomicBoolean interrupted = new AtomicBoolean();

  @Override
  public Integer call() throws InterruptedException {
    List<SqlFile.Statement> statements = SqlFile.read(file);
    CommandLog.ofStream("sql", stem());
    SqlSession session = new SqlSession(terminal);
    Thread hook = new Thread(() -> stopAtExit(session), "tidemark-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    int exitCode = run(session, statements);
    if (!interrupted.get()) {
      Runtime.getRuntime().removeShutdownHook(hook);
    }
    return exitCode;
  }

  private int run(SqlSession session, List<SqlFile.Statement> statements)
      throws InterruptedException {
    try {
      session.run(statements);
      return interrupted.get() ? 130 : 0;
    } catch (SqlSession.FailedException e) {
      if (interrupted.get()) {
        return 130;
      }
      terminal.say(
          file
              + ":"
              + e.statement().line()
              + ": "
              + e.statement().name()
              + ": "
              + e.getMessage()
              + System.lineSeparator()
              + "The log has more: "
              + CommandLog.file());
      if (!session.stop(STOP_TIMEOUT)) {
        terminal.say("What else ran did not end in time and is cut off.");
      }
      return 1;
    }
  }

  /** A log's name for the file: what is no letter or digit may mean something to a shell. */
  private String stem() {
    String name = String.valueOf(file.getFileName());
    return name.replaceFirst("\\.sql$", "").replaceAll("[^A-Za-z0-9_-]", "_");
  }

  /** Runs at Ctrl-C; the process ends when it returns. */
  private void stopAtExit(SqlSession session) {
    interrupted.set(true);
    terminal.say("");
    terminal.say("Stopping …");
    try {
      terminal.say(
          session.stop(STOP_TIMEOUT)
              ? "The statements have ended."
              : "A statement did not end in time and is cut off.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
