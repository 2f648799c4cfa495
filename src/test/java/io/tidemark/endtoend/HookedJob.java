package io.tidemark.endtoend;

import io.tidemark.cli.EmbeddedFlink;
import io.tidemark.job.JobWithSource;
import io.tidemark.job.TidemarkJob;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The whole job in this process, over a {@link HookedSource}. */
final class HookedJob implements AutoCloseable {

  private static final Duration LONG = Duration.ofSeconds(120);

  private final StreamWatch watch;
  private final EmbeddedFlink flink;

  private HookedJob(StreamWatch watch, EmbeddedFlink flink) {
    this.watch = watch;
    this.flink = flink;
  }

  /**
   * @param prepared is run when ledger and tables are there, before anything is copied
   */
  static HookedJob start(
      JobSettings settings, HookedSource.Lie lie, HookedSource.Hooks hooks, Runnable prepared)
      throws InterruptedException {
    return start(settings.pair(), settings.job(), lie, hooks, prepared);
  }

  /** Starts a job that {@link JobSettings} cannot say. */
  static HookedJob start(
      TwoServers.Pair pair,
      TidemarkJob job,
      HookedSource.Lie lie,
      HookedSource.Hooks hooks,
      Runnable prepared)
      throws InterruptedException {
    return start(pair, job, lie, hooks, prepared, new Configuration());
  }

  /**
   * Starts a job that nothing is done to, in a Flink that is set otherwise than ours.
   *
   * @param flink what is set over our own settings
   */
  static HookedJob start(JobSettings settings, Configuration flink) throws InterruptedException {
    HookedSource.Hooks none = new HookedSource.Hooks(() -> {}, () -> {});
    return start(settings.pair(), settings.job(), HookedSource.Lie.NONE, none, () -> {}, flink);
  }

  private static HookedJob start(
      TwoServers.Pair pair,
      TidemarkJob job,
      HookedSource.Lie lie,
      HookedSource.Hooks hooks,
      Runnable prepared,
      Configuration flink)
      throws InterruptedException {
    Configuration configuration = EmbeddedFlink.configuration(0);
    configuration.addAll(flink);
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    JobWithSource.addTo(
        environment, job, source -> HookedSource.of(source, lie, pair.name(), hooks), prepared);
    return new HookedJob(new StreamWatch(pair), EmbeddedFlink.start(configuration, environment));
  }

  StreamWatch watch() {
    return watch;
  }

  HookedJob awaitConsistent() throws Exception {
    await("consistent", watch::consistent);
    return this;
  }

  HookedJob awaitFinished() throws Exception {
    await("finished", watch::finished);
    return this;
  }

  HookedJob awaitCaughtUp() throws Exception {
    String end = watch.logEnd();
    await("caught up to " + end, () -> watch.reached(end));
    return this;
  }

  /** Waits for something that the job does, and fails if it does not, or if the job ends. */
  void await(String what, Callable<Boolean> condition) throws Exception {
    Await.until(
        what,
        LONG,
        () -> {
          if (condition.call()) {
            return true;
          }
          if (flink.awaitEnd(Duration.ZERO)) {
            throw new AssertionError("the job ended before it was " + what + "; " + describe());
          }
          return false;
        },
        this::describe);
  }

  private String describe() {
    try {
      return watch.describe()
          + flink.latestFailure().map(failure -> "\n" + trace(failure.cause())).orElse("");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /** The latest failure after which Flink started the job again. */
  Optional<String> latestFailure() throws InterruptedException {
    return flink.latestFailure().map(failure -> trace(failure.cause()));
  }

  private static String trace(Throwable failure) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    return trace.toString();
  }

  @Override
  public void close() throws InterruptedException {
    try (EmbeddedFlink ending = flink) {
      ending.cancel(Duration.ofSeconds(30));
    }
  }
}
