package io.tidemark.job;

import io.tidemark.database.FailureNote;
import io.tidemark.database.Ledger;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.TargetFinish;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.TableTerms;
import io.tidemark.sink.TidemarkSink;
import io.tidemark.source.CopiedTables;
import io.tidemark.source.CopySettings;
import io.tidemark.source.Submission;
import io.tidemark.source.TidemarkSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A job whose databases have been looked over and whose target tables are there: all that is left
 * is to run it. Preparing is the only part that touches databases before Flink does.
 */
public final class PreparedJob {

  private final TidemarkJob job;
  private final JobDatabases databases;
  private final SourceDatabase source;
  private final Ledger ledger;
  private final TargetFinish finish;
  private final Submission submission;

  private PreparedJob(
      TidemarkJob job,
      JobDatabases databases,
      SourceDatabase source,
      Ledger ledger,
      TargetFinish finish,
      Submission submission) {
    this.job = job;
    this.databases = databases;
    this.source = source;
    this.ledger = ledger;
    this.finish = finish;
    this.submission = submission;
  }

  /**
   * Looks both databases over and, if no error was found, takes the stream over and makes the
   * target's tables ready. The stream is taken over first: a job that still writes under it could
   * otherwise load rows into a table between the look at it and its truncation.
   *
   * @param print is told what was found, line by line
   * @return empty if an error was found; nothing was touched then
   */
  public static Optional<PreparedJob> prepare(TidemarkJob job, Consumer<String> print) {
    JobDatabases databases = Databases.of(job);
    List<Finding> findings = databases.check();
    FindingsTable.lines(findings).forEach(print);
    if (FindingsTable.forbidStart(findings)) {
      return Optional.empty();
    }
    Ledger ledger = databases.target().ledger(job.name());
    String incarnation = UUID.randomUUID().toString();
    Ledger.Claim claim = ledger.claim(incarnation);
    try {
      Set<TableId> copied = claim.running().map(Ledger.Running::tables).orElse(Set.of());
      SourceDatabase kept = databases.source().keeping(ledger.terms().columnsOf(copied));
      Submission submission = submission(job, kept, ledger, claim, incarnation);
      List<Table> tables = submission.prepared();
      SourceDatabase narrowed = kept.narrowedTo(ids(tables));
      if (job.schemaChanges() == SchemaChanges.IGNORE) {
        // A restart takes in no column that has come since, either: its target has none for it.
        narrowed = narrowed.keeping(columns(tables));
      }
      TargetFinish finish = databases.prepareTables(narrowed, copied);
      return Optional.of(new PreparedJob(job, databases, narrowed, ledger, finish, submission));
    } catch (RuntimeException e) {
      new FailureNote(Optional.of(ledger)).leave(claim.epoch(), e);
      throw e;
    }
  }

  /**
   * The tables that the source has now: one that appears later has no table at the target, and is
   * taken in when the job is next submitted. From here on the ledger says of a stream that takes in
   * another table that it is neither consistent nor finished: whoever waits for either begins to
   * ask when this is done. What the job says of its tables is kept before anything is done to those
   * of the target, which may be another stream's.
   */
  private static Submission submission(
      TidemarkJob job,
      SourceDatabase source,
      Ledger ledger,
      Ledger.Claim claim,
      String incarnation) {
    List<Table> tables;
    SourceMemory described;
    try (SourceControl control = source.openControl(claim.epoch())) {
      tables = control.tables();
      described = control.describe(tables);
    }
    Set<TableId> copied = claim.running().map(Ledger.Running::tables).orElse(Set.of());
    claim
        .running()
        .map(Ledger.Running::written)
        .ifPresent(written -> CopiedTables.requireThere(source, written, ids(tables)));
    ledger.recordTerms(
        claim.epoch(), TableTerms.of(tables, job.selection(), job.renaming()), copied);
    if (claim.running().isPresent()) {
      ledger.recordSelection(claim.epoch(), ids(tables));
    }
    return new Submission(incarnation, tables, described);
  }

  private static Map<TableId, List<String>> columns(List<Table> tables) {
    return tables.stream()
        .collect(
            Collectors.toMap(
                Table::id, table -> table.columns().stream().map(Column::name).toList()));
  }

  private static Set<TableId> ids(List<Table> tables) {
    return tables.stream().map(Table::id).collect(Collectors.toSet());
  }

  /** What was prepared, as its file says it. */
  public TidemarkJob job() {
    return job;
  }

  /** The job's databases, which hold no connection. */
  public JobDatabases databases() {
    return databases;
  }

  /** Adds the job to {@code environment}. Once only: it is one submission. */
  public void addTo(StreamExecutionEnvironment environment) {
    CopySettings copy =
        new CopySettings(job.copy().cycle(), job.copy().chunkRows(), job.copy().logLimitBytes());
    FlinkJob.addTo(
        environment,
        job,
        new TidemarkSource(source, Optional.of(ledger), copy, submission),
        new TidemarkSink(databases.target(), job.name(), finish));
  }
}
