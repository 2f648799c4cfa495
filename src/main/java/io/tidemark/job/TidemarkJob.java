package io.tidemark.job;

import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.SchemaChanges;
import io.tidemark.settings.Selection;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * One checked job: what a job file says, with defaults filled in and secrets resolved.
 *
 * @param name names the stream: its ledger rows, slot and publication
 * @param schemaChanges of MySQL and MariaDB those that the log tells of, of PostgreSQL those of the
 *     partitions
 * @param publication PostgreSQL's publication that somebody else has made for the stream; empty if
 *     it makes its own
 */
public record TidemarkJob(
    String name,
    ConnectionSpec source,
    Selection selection,
    ConnectionSpec target,
    ExistingRows existing,
    OnBadValue onBadValue,
    Renaming renaming,
    Copy copy,
    Checkpoint checkpoint,
    SchemaChanges schemaChanges,
    String publication) {

  /** A job that makes its own publication, where there is such a thing. */
  public TidemarkJob(
      String name,
      ConnectionSpec source,
      Selection selection,
      ConnectionSpec target,
      ExistingRows existing,
      OnBadValue onBadValue,
      Renaming renaming,
      Copy copy,
      Checkpoint checkpoint,
      SchemaChanges schemaChanges) {
    this(
        name,
        source,
        selection,
        target,
        existing,
        onBadValue,
        renaming,
        copy,
        checkpoint,
        schemaChanges,
        "");
  }

  /** A job that stops at a value that the target cannot hold, and at changes of the schema. */
  public TidemarkJob(
      String name,
      ConnectionSpec source,
      Selection selection,
      ConnectionSpec target,
      ExistingRows existing,
      Renaming renaming,
      Copy copy,
      Checkpoint checkpoint) {
    this(
        name,
        source,
        selection,
        target,
        existing,
        OnBadValue.ERROR,
        renaming,
        copy,
        checkpoint,
        SchemaChanges.STOP);
  }

  /**
   * How the copy is paced.
   *
   * @param cycle how long a source snapshot is held open at most
   * @param chunkRows about how many rows a chunk has
   * @param parallelism how many chunks are copied at once
   * @param logLimitBytes a cycle closes when the log that is held back has reached this size
   * @param lock of a source whose snapshots need one to be exact: MySQL's
   */
  public record Copy(
      Duration cycle, long chunkRows, int parallelism, long logLimitBytes, Lock lock) {

    /** What is locked at the source while a snapshot is taken. */
    public enum Lock {
      /** The tables that are copied from it, for milliseconds. */
      TABLES,
      /** Nothing: what the snapshot contains is known within bounds only. */
      NONE
    }

    /** A copy whose snapshots are exact. */
    public Copy(Duration cycle, long chunkRows, int parallelism, long logLimitBytes) {
      this(cycle, chunkRows, parallelism, logLimitBytes, Lock.TABLES);
    }

    /**
     * How many Flink subtasks the job has: one for each chunk that is copied at once and one more
     * for the log. The two never share one: where the target has a unique key during the copy, a
     * change of the log may wait for the target transaction of a chunk, which must go on meanwhile.
     */
    public int subtasks() {
      return parallelism + 1;
    }

    static final Copy DEFAULT = new Copy(Duration.ofSeconds(60), 50_000, 2, 8L << 30);
  }

  /**
   * @param interval between two checkpoints
   * @param directory where Flink keeps them; empty for Flink's own default. The ledger suffices to
   *     go on without any.
   */
  public record Checkpoint(Duration interval, Optional<URI> directory) {
    static final Checkpoint DEFAULT = new Checkpoint(Duration.ofSeconds(5), Optional.empty());
  }

  /** Shows no secret: connections print themselves without. */
  @Override
  public String toString() {
    return "job " + name + ": " + source + " -> " + target;
  }
}
