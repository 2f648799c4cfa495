package io.tidemark.endtoend;

import io.tidemark.cli.EmbeddedFlink;
import io.tidemark.job.JobWithSource;
import io.tidemark.job.TidemarkJob;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The whole job over a {@link HookedSource}. */
final class HookedJob extends WatchedJob<HookedJob> {

  private final EmbeddedFlink flink;

  private HookedJob(StreamWatch watch, EmbeddedFlink flink) {
    super(watch);
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

  @Override
  HookedJob self() {
    return this;
  }

  @Override
  boolean hasEnded() throws InterruptedException {
    return flink.awaitEnd(Duration.ZERO);
  }

  @Override
  List<String> failures() throws InterruptedException {
    return latestFailure().stream().toList();
  }

  /** The latest failure after which Flink started the job again. */
  Optional<String> latestFailure() throws InterruptedException {
    return flink.latestFailure().map(failure -> trace(failure.cause()));
  }

  @Override
  public void close() throws InterruptedException {
    try (EmbeddedFlink ending = flink) {
      ending.cancel(Duration.ofSeconds(30));
    }
  }
}
