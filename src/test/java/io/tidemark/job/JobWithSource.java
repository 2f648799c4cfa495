package io.tidemark.job;

import io.tidemark.database.Ledger;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.TargetFinish;
import io.tidemark.sink.TidemarkSink;
import io.tidemark.source.CopySettings;
import io.tidemark.source.Submission;
import io.tidemark.source.TidemarkSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A job whose source a test has put something around. */
public final class JobWithSource {

  private JobWithSource() {}

  /**
   * Prepares the target, once for a stream that has not begun, and adds the job.
   *
   * @param prepared is run when the ledger and the tables are there and nothing else is
   */
  public static void addTo(
      StreamExecutionEnvironment environment,
      TidemarkJob job,
      UnaryOperator<SourceDatabase> around,
      Runnable prepared) {
    JobDatabases databases = Databases.of(job);
    Ledger ledger = databases.target().ledger(job.name());
    String incarnation = UUID.randomUUID().toString();
    ledger.claim(incarnation);
    TargetFinish finish = databases.prepareTables(databases.source(), Set.of());
    prepared.run();
    FlinkJob.addTo(
        environment,
        job,
        new TidemarkSource(
            around.apply(databases.source()),
            Optional.of(ledger),
            new CopySettings(
                job.copy().cycle(), job.copy().chunkRows(), job.copy().logLimitBytes()),
            new Submission(incarnation, List.of(), SourceMemory.NONE)),
        new TidemarkSink(databases.target(), job.name(), finish));
  }
}
