package io.tidemark.attack;

import io.tidemark.cli.EmbeddedFlink;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.job.PreparedJob;
import io.tidemark.job.TidemarkJob;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/** The whole job of one seed, as users run it, in a Flink that others use too. */
final class Stream implements AutoCloseable {

  private static final Duration PACE = Duration.ofMillis(100);
  private static final long CHUNK_ROWS = 20;
  private static final long CANCEL_SECONDS = 60;

  private final MiniCluster flink;
  private final TidemarkJob job;
  private @Nullable PreparedJob prepared;
  private @Nullable JobID id;
  private @Nullable CompletableFuture<JobResult> result;

  Stream(Pit pit, TwoServers.Pair pair, Scenario scenario) {
    this.flink = pit.flink();
    Terms terms = scenario.terms();
    String schema = pair.sourceSchema();
    Selection selection =
        new Selection(
            terms.patterns().stream().map(pattern -> pattern.replace("{db}", pair.name())).toList(),
            byTable(schema, terms.columns()),
            byTable(schema, terms.filters()));
    Map<TableId, TableId> renamed = new HashMap<>();
    terms
        .renamed()
        .forEach(
            (table, name) ->
                renamed.put(new TableId(schema, table), new TableId(pair.targetSchema(), name)));
    Renaming renaming = new Renaming(renamed, pair.renaming().schemas());
    TidemarkJob.Copy.Lock lock =
        terms.lockless() ? TidemarkJob.Copy.Lock.NONE : TidemarkJob.Copy.Lock.TABLES;
    this.job =
        new TidemarkJob(
            pair.name(),
            pair.source().spec(pair.name()),
            selection,
            pair.target().spec(pair.name()),
            ExistingRows.FAIL,
            OnBadValue.ERROR,
            renaming,
            new TidemarkJob.Copy(PACE, CHUNK_ROWS, Pit.PARALLELISM, 8L << 30, lock),
            new TidemarkJob.Checkpoint(PACE, Optional.empty()),
            terms.schemaChanges());
  }

  private static <T> Map<TableId, T> byTable(String schema, Map<String, T> said) {
    Map<TableId, T> byTable = new HashMap<>();
    said.forEach((table, what) -> byTable.put(new TableId(schema, table), what));
    return byTable;
  }

  /** Prepares the job's next run; what it is refused with, if it is. */
  Optional<String> prepare() {
    List<String> findings = new ArrayList<>();
    Optional<PreparedJob> made;
    try {
      made = PreparedJob.prepare(job, findings::add);
    } catch (RuntimeException e) {
      return Optional.of(messages(e));
    }
    if (made.isEmpty()) {
      return Optional.of(errors(findings));
    }
    prepared = made.get();
    return Optional.empty();
  }

  /** Without the warnings, whose advice is none for what forbids the start. */
  private static String errors(List<String> findings) {
    List<String> errors = new ArrayList<>();
    boolean error = false;
    for (String line : findings) {
      if (!line.startsWith(" ")) {
        error = line.startsWith("ERROR");
      }
      if (error) {
        errors.add(line);
      }
    }
    return String.join("\n", errors);
  }

  /** Starts the job, prepared before or now; what it is refused with, if it is. */
  Optional<String> start() throws Exception {
    Optional<String> refusal = prepared == null ? prepare() : Optional.empty();
    PreparedJob submitted = prepared;
    prepared = null;
    if (refusal.isPresent() || submitted == null) {
      return refusal;
    }
    Configuration configuration = EmbeddedFlink.configuration(0);
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    submitted.addTo(environment);
    JobGraph graph = environment.getStreamGraph().getJobGraph();
    flink.submitJob(graph).get(CANCEL_SECONDS, TimeUnit.SECONDS);
    id = graph.getJobID();
    result = flink.requestJobResult(graph.getJobID());
    return Optional.empty();
  }

  boolean isRunning() {
    return result != null && !result.isDone();
  }

  /** With what the job has ended for good, if it has. */
  Optional<String> failure() throws Exception {
    CompletableFuture<JobResult> end = result;
    if (end == null || !end.isDone()) {
      return Optional.empty();
    }
    return end.get()
        .getSerializedThrowable()
        .map(failure -> messages(failure.deserializeError(getClass().getClassLoader())));
  }

  /** The latest failure after which Flink has started the job again, for people. */
  String latestTrouble() throws Exception {
    JobID known = id;
    if (known == null) {
      return "there was no job";
    }
    ErrorInfo trouble =
        flink.getExecutionGraph(known).get(CANCEL_SECONDS, TimeUnit.SECONDS).getFailureInfo();
    return trouble == null
        ? "no failure"
        : messages(trouble.getException().deserializeError(getClass().getClassLoader()));
  }

  /** Ends the job, if it runs. */
  void stop() throws InterruptedException {
    CompletableFuture<JobResult> end = result;
    JobID known = id;
    if (end == null || known == null) {
      return;
    }
    if (!end.isDone()) {
      flink.cancelJob(known);
      try {
        end.get(CANCEL_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new AssertionError("the job cannot be cancelled", e);
      }
    }
    result = null;
    id = null;
  }

  /** All messages from the outermost to the cause, Flink's own included, each once. */
  private static String messages(Throwable failure) {
    Set<String> messages = new LinkedHashSet<>();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      String message = each.getMessage();
      // Some have none; what they are is all they say.
      messages.add(message == null ? each.getClass().getSimpleName() : message);
    }
    return String.join("\n", messages);
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
