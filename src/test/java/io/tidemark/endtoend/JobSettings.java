package io.tidemark.endtoend;

import io.tidemark.job.TidemarkJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A job between a pair of databases, for a process and for this one.
 *
 * @param checkpoints where Flink keeps checkpoints, if anywhere
 */
record JobSettings(
    TwoServers.Pair pair,
    Selection selection,
    Renaming renaming,
    int parallelism,
    Duration cycle,
    long chunkRows,
    Duration checkpointInterval,
    Optional<Path> checkpoints) {

  /** All tables, with cycles and chunks so small that there are several of each. */
  static JobSettings of(TwoServers.Pair pair) {
    return new JobSettings(
        pair,
        pair.selection(),
        pair.renaming(),
        2,
        Duration.ofSeconds(2),
        5_000,
        Duration.ofSeconds(1),
        Optional.empty());
  }

  JobSettings parallelism(int value) {
    return new JobSettings(
        pair, selection, renaming, value, cycle, chunkRows, checkpointInterval, checkpoints);
  }

  JobSettings cycle(Duration value) {
    return new JobSettings(
        pair, selection, renaming, parallelism, value, chunkRows, checkpointInterval, checkpoints);
  }

  JobSettings chunkRows(long value) {
    return new JobSettings(
        pair, selection, renaming, parallelism, cycle, value, checkpointInterval, checkpoints);
  }

  JobSettings selection(Selection value) {
    return new JobSettings(
        pair, value, renaming, parallelism, cycle, chunkRows, checkpointInterval, checkpoints);
  }

  JobSettings renaming(Renaming value) {
    return new JobSettings(
        pair, selection, value, parallelism, cycle, chunkRows, checkpointInterval, checkpoints);
  }

  JobSettings checkpointInterval(Duration value) {
    return new JobSettings(
        pair, selection, renaming, parallelism, cycle, chunkRows, value, checkpoints);
  }

  JobSettings checkpoints(Path directory) {
    return new JobSettings(
        pair,
        selection,
        renaming,
        parallelism,
        cycle,
        chunkRows,
        checkpointInterval,
        Optional.of(directory));
  }

  /** The job as a file would say it. */
  TidemarkJob job() {
    return new TidemarkJob(
        pair.name(),
        pair.source().spec(pair.name()),
        selection,
        pair.target().spec(pair.name()),
        ExistingRows.FAIL,
        renaming,
        new TidemarkJob.Copy(cycle, chunkRows, parallelism, 8L << 30),
        new TidemarkJob.Checkpoint(checkpointInterval, checkpoints.map(JobSettings::uri)));
  }

  /**
   * The job file.
   *
   * @throws IllegalStateException if it has a selection of columns or rows, or renames a table:
   *     tests of these start the job in their own process
   */
  String yaml() {
    if (!selection.columns().isEmpty()
        || !selection.filters().isEmpty()
        || !renaming.tables().isEmpty()) {
      throw new IllegalStateException("only whole tables under their own names");
    }
    return """
        name: %s
        source:
        %s
          tables: [%s]
        target:
        %s
        %scopy:
          cycle: %dms
          chunk-rows: %d
          parallelism: %d
        checkpoint:
          interval: %dms
        %s
        """
        .formatted(
            pair.name(),
            yaml(pair.source().spec(pair.name())),
            String.join(", ", selection.patterns().stream().map(p -> '"' + p + '"').toList()),
            yaml(pair.target().spec(pair.name())),
            renaming.schemas().isEmpty()
                ? ""
                : renaming.schemas().entrySet().stream()
                    .map(schema -> schema.getKey() + ": " + schema.getValue())
                    .collect(Collectors.joining(", ", "rename:\n  schemas: {", "}\n")),
            cycle.toMillis(),
            chunkRows,
            parallelism,
            checkpointInterval.toMillis(),
            checkpoints.map(path -> "  directory: " + uri(path)).orElse(""));
  }

  private static String yaml(ConnectionSpec spec) {
    return "  url: %s\n  user: %s\n  password: \"%s\""
        .formatted(spec.url(), spec.user(), spec.password());
  }

  private static URI uri(Path directory) {
    return directory.toAbsolutePath().toUri();
  }
}
