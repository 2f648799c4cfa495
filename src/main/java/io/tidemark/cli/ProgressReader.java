package io.tidemark.cli;

import io.tidemark.cli.StreamProgress.TableProgress;
import io.tidemark.database.ChunkPlanner;
import io.tidemark.database.LedgerView;
import io.tidemark.database.LedgerView.About;
import io.tidemark.database.LedgerView.LogStanding;
import io.tidemark.database.LedgerView.Report;
import io.tidemark.database.LedgerView.Standing;
import io.tidemark.database.LedgerView.TableStanding;
import io.tidemark.database.LogPosition;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceLookup;
import io.tidemark.job.JobDatabases;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.StreamNames;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Asks ledger and source how far a stream is, beside whatever runs it. Keeps two connections, which
 * are opened anew after a failure. Used by one thread.
 */
public final class ProgressReader implements AutoCloseable {

  /** What the source writes to its log by itself; less than this is not a backlog. */
  private static final long IDLE_BYTES = 64 * 1024;

  private final JobDatabases databases;
  private final LedgerView ledger;
  private final Map<TableId, Long> estimates = new LinkedHashMap<>();
  private List<Table> tables = List.of();
  private Optional<SourceControl> source = Optional.empty();
  private Optional<CatchUp> catchUp = Optional.empty();

  /**
   * The end of the source's log when it was looked for, as a distance from where the target was.
   */
  private record CatchUp(LogPosition from, long bytes) {}

  /**
   * Opens no connection yet.
   *
   * @param stream whose progress is asked for
   */
  public ProgressReader(JobDatabases databases, String stream) {
    this.databases = databases;
    this.ledger = databases.target().ledgerView(stream);
  }

  /**
   * How far the stream is now; empty if the ledger does not know it yet.
   *
   * @throws io.tidemark.database.DatabaseException if one of the servers does not answer; the next
   *     call connects again
   */
  public Optional<StreamProgress> read() {
    return ledger.read().map(this::progress);
  }

  private StreamProgress progress(Standing standing) {
    Instant now = Instant.now();
    Optional<Long> lagBytes = standing.progress().map(log -> bytesBehind(position(log)));
    boolean idle = lagBytes.filter(bytes -> bytes < IDLE_BYTES).isPresent();
    Optional<Duration> lag =
        idle
            ? Optional.empty()
            : standing
                .progress()
                .flatMap(LogStanding::committedAt)
                .map(committed -> Duration.between(committed, now))
                .filter(time -> !time.isNegative());
    return new StreamProgress(
        now,
        tables(standing),
        standing.tables().stream().mapToLong(TableStanding::lastCycle).max().orElse(0),
        lagBytes,
        lag,
        standing.progress().filter(LogStanding::consistent).isPresent(),
        standing.progress().filter(LogStanding::finished).isPresent(),
        standing.holes(),
        standing.deadLetters(),
        standing.reports().stream()
            .filter(report -> report.about() != About.FAILURE && report.epoch() == standing.epoch())
            .map(Report::words)
            .toList());
  }

  /** The source's tables in its order, then what the ledger has of tables that are gone. */
  private List<TableProgress> tables(Standing standing) {
    onSource(this::estimate);
    Map<TableId, TableStanding> copied =
        standing.tables().stream()
            .collect(
                Collectors.toMap(
                    TableStanding::table, Function.identity(), (a, b) -> b, LinkedHashMap::new));
    List<TableProgress> progress = new ArrayList<>();
    estimates.forEach(
        (table, estimate) ->
            progress.add(
                Optional.ofNullable(copied.remove(table))
                    .map(
                        row ->
                            new TableProgress(
                                table, row.rows(), estimate, row.complete(), row.streamed()))
                    .orElseGet(() -> new TableProgress(table, 0, estimate, false))));
    copied
        .values()
        .forEach(
            row ->
                progress.add(
                    new TableProgress(
                        row.table(), row.rows(), row.rows(), row.complete(), row.streamed())));
    return progress;
  }

  private Void estimate(SourceControl control) {
    if (estimates.isEmpty()) {
      tables = control.tables();
      ChunkPlanner planner = control.chunkPlanner();
      tables.forEach(table -> estimates.put(table.id(), planner.estimateRows(table)));
    }
    return null;
  }

  /**
   * Whether the target has taken everything that was in the source's log when this was first asked.
   * The first call has the source write to its log, so that it moves although nobody else writes.
   */
  public boolean hasCaughtUp() {
    Optional<LogPosition> now = ledger.read().flatMap(Standing::progress).map(this::position);
    if (now.isEmpty()) {
      return false;
    }
    if (catchUp.isEmpty()) {
      catchUp = Optional.of(new CatchUp(now.get(), bytesBehind(now.get())));
      try (SourceLookup lookup =
          databases.source().openLookup(StreamNames.OBSERVER_EPOCH, tables)) {
        lookup.nudgeLog();
      }
      return false;
    }
    // Distances can be asked for, positions cannot be subtracted. The log grows between the two
    // questions, which in this order makes the difference too small rather than too large.
    long behindThen = bytesBehind(catchUp.get().from());
    long behindNow = bytesBehind(now.get());
    return behindThen - behindNow >= catchUp.get().bytes();
  }

  private LogPosition position(LogStanding log) {
    return databases.source().positions().logPosition(log.position());
  }

  private long bytesBehind(LogPosition position) {
    return onSource(control -> control.bytesBehind(position));
  }

  private <T> T onSource(Function<SourceControl, T> question) {
    SourceControl control =
        source.orElseGet(() -> databases.source().openControl(StreamNames.OBSERVER_EPOCH));
    source = Optional.of(control);
    try {
      return question.apply(control);
    } catch (RuntimeException e) {
      source = Optional.empty();
      try {
        control.close();
      } catch (RuntimeException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  @Override
  public void close() {
    try (LedgerView closing = ledger) {
      source.ifPresent(SourceControl::close);
      source = Optional.empty();
    }
  }
}
