package io.tidemark.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.ResultKind;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * Runs the statements of an SQL file, one after another, in a Flink in this process. What writes
 * goes on beside the statements that follow; what selects is waited for, as its rows are printed.
 * {@link #stop} may be called from any thread; the rest by one.
 */
final class SqlSession {

  private static final Pattern SET =
      Pattern.compile("SET\\s+'((?:[^']|'')+)'\\s*=\\s*'((?:[^']|'')*)'", Pattern.CASE_INSENSITIVE);

  private static final Pattern QUERY =
      Pattern.compile("(?:SELECT|WITH|VALUES|TABLE)\\b.*|\\(.*", Pattern.DOTALL);

  /** More tasks than this in one process only take memory from each other. */
  private static final int MOST_PARALLELISM = 4;

  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  /** A statement has failed; says why. */
  static final class FailedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient SqlFile.Statement statement;

    private FailedException(SqlFile.Statement statement, Throwable cause) {
      super(RootCause.of(cause), cause);
      this.statement = statement;
    }

    SqlFile.Statement statement() {
      return statement;
    }
  }

  private record Running(
      SqlFile.Statement statement, JobClient job, CompletableFuture<JobExecutionResult> result) {}

  private final Configuration settings = new Configuration();
  private final Terminal terminal;
  private @Nullable StreamTableEnvironment tables;

  /** At most one for each statement. */
  private final List<Running> running = new ArrayList<>();

  private boolean stopped;

  SqlSession(Terminal terminal) {
    this.terminal = terminal;
    // Flink starts a job again for ever by itself, and nobody would be told why.
    settings.setString("restart-strategy.type", "exponential-delay");
    settings.setString("restart-strategy.exponential-delay.attempts-before-reset-backoff", "10");
    settings.setString(
        "parallelism.default",
        String.valueOf(Math.min(MOST_PARALLELISM, Runtime.getRuntime().availableProcessors())));
  }

  /**
   * Runs all of the statements, and waits for what they have started.
   *
   * @throws FailedException for the first that fails; what else runs is to be stopped then
   */
  void run(List<SqlFile.Statement> statements) throws FailedException, InterruptedException {
    for (SqlFile.Statement statement : statements) {
      try {
        run(statement);
      } catch (RuntimeException | ExecutionException e) {
        throw new FailedException(statement, e);
      }
      requireNoneFailed();
    }
    while (!isDone()) {
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY.toMillis());
      requireNoneFailed();
    }
  }

  private void run(SqlFile.Statement statement) throws ExecutionException, InterruptedException {
    String words = statement.words();
    if (words.startsWith("SET ") || words.equals("SET")) {
      set(statement.text());
      return;
    }
    TableResult result = tables().executeSql(statement.text());
    if (result.getJobClient().isPresent()) {
      JobClient job = result.getJobClient().get();
      if (!add(new Running(statement, job, job.getJobExecutionResult()))) {
        job.cancel();
        return;
      }
      if (QUERY.matcher(words).matches()) {
        result.print();
      } else {
        terminal.say("started: " + statement.name());
      }
    } else if (result.getResultKind() == ResultKind.SUCCESS_WITH_CONTENT) {
      result.print();
    }
  }

  private void set(String statement) {
    Matcher matcher = SET.matcher(statement);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("a setting is given as SET 'name' = 'value'");
    }
    String name = matcher.group(1).replace("''", "'");
    String value = matcher.group(2).replace("''", "'");
    settings.setString(name, value);
    if (tables != null) {
      tables.getConfig().set(name, value);
    }
  }

  /** Made once the first settings are there: some of them cannot be set any more afterwards. */
  private StreamTableEnvironment tables() {
    StreamTableEnvironment made = tables;
    if (made == null) {
      made =
          StreamTableEnvironment.create(
              StreamExecutionEnvironment.createLocalEnvironment(settings),
              EnvironmentSettings.newInstance().withConfiguration(settings).build());
      tables = made;
    }
    return made;
  }

  private synchronized boolean add(Running job) {
    running.add(job);
    return !stopped;
  }

  private synchronized boolean isDone() {
    return running.stream().allMatch(job -> job.result().isDone());
  }

  private void requireNoneFailed() throws FailedException, InterruptedException {
    List<Running> jobs;
    synchronized (this) {
      jobs = stopped ? List.of() : List.copyOf(running);
    }
    for (Running job : jobs) {
      if (job.result().isCompletedExceptionally()) {
        try {
          job.result().get();
        } catch (ExecutionException e) {
          throw new FailedException(job.statement(), e);
        }
      }
    }
  }

  /**
   * Cancels what runs and waits for its end. Nothing is started afterwards.
   *
   * @return whether all of it ended in time
   */
  boolean stop(Duration timeout) throws InterruptedException {
    List<Running> jobs;
    synchronized (this) {
      stopped = true;
      jobs = running.stream().filter(job -> !job.result().isDone()).toList();
    }
    jobs.forEach(job -> job.job().cancel());
    long deadline = System.nanoTime() + timeout.toNanos();
    boolean ended = true;
    for (Running job : jobs) {
      try {
        job.result().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (ExecutionException e) {
        // It was cancelled, or had failed before.
        continue;
      } catch (TimeoutException e) {
        ended = false;
      }
    }
    return ended;
  }
}
