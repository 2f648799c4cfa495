package io.tidemark.cli;

import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceLookup;
import io.tidemark.job.PreparedJob;
import io.tidemark.settings.StreamNames;
import io.tidemark.sink.SequenceTransfer;
import io.tidemark.source.SubtaskLostException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ExceptionUtils;

/**
 * One job at work in this process, and how far it is. {@link #stop} may be called from any thread;
 * the rest by one.
 */
public final class JobRun implements AutoCloseable {

  private final PreparedJob prepared;
  private final EmbeddedFlink flink;
  private final ProgressReader progress;
  private Instant latestFailure = Instant.MIN;
  private boolean stopped;

  private JobRun(PreparedJob prepared, EmbeddedFlink flink) {
    this.prepared = prepared;
    this.flink = flink;
    this.progress = new ProgressReader(prepared.databases(), prepared.job().name());
  }

  /**
   * Starts the job.
   *
   * @param restore the URI of a checkpoint or savepoint to start from, if any
   * @param dashboardPort 0 for any free one
   */
  public static JobRun start(PreparedJob prepared, Optional<String> restore, int dashboardPort)
      throws InterruptedException {
    Configuration configuration = EmbeddedFlink.configuration(dashboardPort);
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    prepared.addTo(environment);
    return new JobRun(prepared, EmbeddedFlink.start(configuration, environment, restore));
  }

  /** Where Flink's dashboard is. */
  public URI dashboard() throws InterruptedException {
    return flink.dashboard();
  }

  /**
   * How far the stream is; empty if it has not started.
   *
   * @throws io.tidemark.database.DatabaseException if a server does not answer
   */
  public Optional<StreamProgress> progress() {
    return progress.read();
  }

  /** Whether the target has taken what was in the source's log when this was first asked. */
  public boolean hasCaughtUp() {
    return progress.hasCaughtUp();
  }

  /** What caused a failure after which Flink starts the job again, once each. */
  public Optional<Throwable> newFailure() throws InterruptedException {
    Optional<EmbeddedFlink.Failure> latest = flink.restartSince(latestFailure);
    latest.ifPresent(failure -> latestFailure = failure.at());
    // What comes of a failure that was told of before is no news.
    return latest.map(EmbeddedFlink.Failure::cause).filter(cause -> !isOnlyOfARestart(cause));
  }

  private static boolean isOnlyOfARestart(Throwable failure) {
    return ExceptionUtils.findThrowable(failure, SubtaskLostException.class).isPresent();
  }

  /** Waits for the job to end for good, and says whether it has. */
  public boolean awaitEnd(Duration timeout) throws InterruptedException {
    return flink.awaitEnd(timeout);
  }

  /** Why the job ended, if it has and nobody stopped it. */
  public Optional<Throwable> fatalFailure() {
    return flink.fatalFailure();
  }

  /**
   * Cancels the job and waits for its end. What it had under way is rolled back at the target, and
   * is done again by the next run.
   *
   * @return whether it ended in time
   */
  public synchronized boolean stop(Duration timeout) throws InterruptedException {
    if (stopped) {
      return true;
    }
    stopped = flink.cancel(timeout);
    return stopped;
  }

  /**
   * Sets the target's sequences to where the source's stand now. For a target that is consistent
   * and will be used.
   */
  public void transferSequences() {
    try (SourceControl control =
            prepared.databases().source().openControl(StreamNames.OBSERVER_EPOCH);
        SourceLookup lookup =
            prepared
                .databases()
                .source()
                .openLookup(StreamNames.OBSERVER_EPOCH, control.tables())) {
      new SequenceTransfer(prepared.databases().target(), prepared.job().name())
          .set(lookup.sequences());
    }
  }

  /** What the source keeps once the job is stopped, as a sentence. */
  public String staying() {
    return prepared.databases().remains().staying();
  }

  /** Stops Flink, and with it a job that still runs. */
  @Override
  public void close() {
    try (EmbeddedFlink closing = flink) {
      progress.close();
    }
  }
}
