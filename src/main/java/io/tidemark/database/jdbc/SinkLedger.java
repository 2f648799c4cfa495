package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.FencedException;
import io.tidemark.staging.Milestone;
import io.tidemark.staging.SinkTable;
import java.io.Serializable;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sinks' part of the ledger, in a transaction that is open on a connection: one row per sink
 * says who has it and what is merged, one per staging table who has made it.
 */
final class SinkLedger {

  private static final Logger LOG = LoggerFactory.getLogger(SinkLedger.class);

  /** The version of these tables, and the newest that is read. */
  private static final int VERSION = 1;

  /** What is known of a sink. */
  private record SinkRow(
      long epoch, String job, Optional<Milestone> parent, Optional<Milestone> merged) {}

  /**
   * Of which sink it is.
   *
   * @param sink its name
   * @param written what it writes, for people
   * @param hasKeys whether rows that come again are found by a key, and are not there twice
   */
  record Sink(String sink, String written, boolean hasKeys) implements Serializable {}

  private final LedgerSql sql;
  private final Sink table;

  SinkLedger(LedgerSql sql, Sink sink) {
    this.sql = sql;
    this.table = sink;
  }

  /** Creates what is missing and commits. */
  void bringUp(StagingDialect dialect) {
    Set<String> there = LedgerVersion.tables(sql);
    if (!there.contains("sink_version")) {
      for (String statement : dialect.createStatements()) {
        sql.run("creating the ledger (schema tidemark) at the target", statement);
      }
    }
    if (!there.contains("sink_round")) {
      // Later than the others, and of no concern to a Tidemark that does not know it.
      sql.run(
          "creating the ledger (schema tidemark) at the target",
          "CREATE TABLE IF NOT EXISTS tidemark.sink_round (sink VARCHAR("
              + SinkTable.LONGEST_NAME
              + ") PRIMARY KEY, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL,"
              + " done INTEGER NOT NULL)"
              + dialect.tableOptions());
    }
    int version =
        sql.query("SELECT COALESCE(MAX(number), 0) FROM tidemark.sink_version", r -> r.getInt(1))
            .get(0);
    if (version > VERSION) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "the ledger of sinks (schema tidemark) at the target was written by a newer Tidemark: it"
              + " has version "
              + version
              + ", and this one knows versions up to "
              + VERSION
              + ". Use the newer Tidemark for every sink into this target");
    }
    if (version < VERSION) {
      sql.update("INSERT INTO tidemark.sink_version (number) VALUES (?)", VERSION);
    }
    if (sql.query(
            "SELECT number FROM tidemark.sink_writer WHERE sink = ?",
            row -> row.getLong(1),
            table.sink())
        .isEmpty()) {
      sql.update("INSERT INTO tidemark.sink_writer (sink, number) VALUES (?, 0)", table.sink());
    }
    sql.commit();
  }

  /** A number for a writer, greater than every one given before. */
  long enroll() {
    sql.update("UPDATE tidemark.sink_writer SET number = number + 1 WHERE sink = ?", table.sink());
    long number =
        sql.query(
                "SELECT number FROM tidemark.sink_writer WHERE sink = ?",
                row -> row.getLong(1),
                table.sink())
            .get(0);
    sql.commit();
    return number;
  }

  /** Before a staging table is made, so that one that nobody wants any more is found. */
  void register(long writer, String stage) {
    sql.update(
        "INSERT INTO tidemark.staged (name, sink, writer) VALUES (?, ?, ?)",
        stage,
        table.sink(),
        writer);
    sql.commit();
  }

  /** After it was dropped. */
  void forget(String stage) {
    sql.update("DELETE FROM tidemark.staged WHERE name = ?", stage);
    sql.commit();
  }

  /**
   * The staging tables of writers that began before all those of a checkpoint.
   *
   * @param oldest the least number of those
   */
  List<String> leftBefore(long oldest) {
    return sql.query(
        "SELECT name FROM tidemark.staged WHERE sink = ? AND writer < ?",
        row -> row.getString(1),
        table.sink(),
        oldest);
  }

  /** Takes the sink over and commits; the row's lock is waited for. */
  long claim(String job, Optional<Milestone> reached) {
    Optional<SinkRow> former = read(sql.dialect().forUpdate());
    long epoch =
        Math.max(former.map(SinkRow::epoch).orElse(0L), reached.map(Milestone::epoch).orElse(0L))
            + 1;
    Optional<Milestone> merged = former.flatMap(SinkRow::merged);
    if (reached.isPresent() && merged.isPresent() && merged.get().compareTo(reached.get()) > 0) {
      requireRepeatable(merged.get(), reached.get());
      merged = reached;
    }
    if (former.isEmpty()) {
      sql.update(
          "INSERT INTO tidemark.sink (name, epoch, job, claimed_at) VALUES (?, ?, ?, ?)",
          table.sink(),
          epoch,
          job,
          Instant.now());
    }
    sql.update(
        "UPDATE tidemark.sink SET target_table = ?, epoch = ?, job = ?, claimed_at = ?,"
            + " parent_epoch = ?, parent_sequence = ?, merged_epoch = ?, merged_sequence = ?"
            + " WHERE name = ?",
        table.written(),
        epoch,
        job,
        Instant.now(),
        reached.map(Milestone::epoch).orElse(null),
        reached.map(Milestone::sequence).orElse(null),
        merged.map(Milestone::epoch).orElse(null),
        merged.map(Milestone::sequence).orElse(null),
        table.sink());
    sql.commit();
    return epoch;
  }

  private void requireRepeatable(Milestone merged, Milestone reached) {
    if (!table.hasKeys()) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "sink "
              + table.sink()
              + ": the job starts from a state that is older than the target: checkpoint "
              + reached
              + ", and the target has rows up to "
              + merged
              + ". Table "
              + table.written()
              + " has no key, so that rows which come again would be there twice. Start from the"
              + " newest checkpoint; or take the rows out that came after the state, give the sink"
              + " another 'sink.name', and start again");
    }
    LOG.warn(
        "sink {}: the job starts from a state that is older than the target ({}, and the target has"
            + " rows up to {}). What comes again is written again by its key; until it has caught"
            + " up, readers see rows of both moments",
        table.sink(),
        reached,
        merged);
  }

  /**
   * Whether a checkpoint is to be merged, under the row's lock, which lasts until the end of the
   * transaction.
   *
   * @param job for which it is merged
   * @param number of the checkpoint
   * @param previous the one that has to be merged before
   * @param lock appended to the query
   * @return false if that has happened
   * @throws FencedException if another job has the sink
   */
  boolean isDue(String job, Milestone number, Optional<Milestone> previous, String lock) {
    SinkRow row =
        read(lock)
            .orElseThrow(
                () ->
                    new FencedException(
                        table.sink(), number.epoch(), "the ledger no longer knows the sink"));
    boolean inherited = row.parent().filter(parent -> isReached(number, parent)).isPresent();
    boolean isMerged = row.merged().filter(merged -> isReached(number, merged)).isPresent();
    boolean isFollowed =
        inherited && row.merged().filter(merged -> merged.epoch() == row.epoch()).isPresent();
    if (isMerged || isFollowed) {
      return false;
    }
    if (number.epoch() != row.epoch() && !inherited) {
      throw replaced(job, number, row);
    }
    if (previous.isPresent() && !previous.equals(row.merged())) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "sink "
              + table.sink()
              + ": the target has lost rows: the checkpoint before this one, "
              + previous.get()
              + ", was merged, and the ledger there (schema tidemark) says "
              + row.merged().map(Milestone::toString).orElse("that none was")
              + ". If the target was restored from a backup, start the job from a savepoint that is"
              + " no younger; otherwise fill the table again, from a job without state");
    }
    return true;
  }

  /** Numbers of different epochs are of different attempts, of which one may never have been. */
  private static boolean isReached(Milestone number, Milestone reached) {
    return number.epoch() == reached.epoch() && number.sequence() <= reached.sequence();
  }

  private RuntimeException replaced(String job, Milestone number, SinkRow row) {
    if (row.job().equals(job)) {
      return new DatabaseException(
          DatabaseException.Kind.RETRYABLE,
          "sink "
              + table.sink()
              + ": checkpoint "
              + number
              + " is of an attempt that a later one of this job has replaced, with epoch "
              + row.epoch());
    }
    return new FencedException(
        table.sink(),
        number.epoch(),
        "job "
            + row.job()
            + " has it, with epoch "
            + row.epoch()
            + "; sinks that are to write at the same time need names of their own: 'sink.name'");
  }

  /** Notes what is merged with the transaction. */
  void record(Milestone merged, long rows) {
    sql.update(
        "UPDATE tidemark.sink SET merged_epoch = ?, merged_sequence = ?, merged_at = ?,"
            + " merged_rows = merged_rows + ? WHERE name = ?",
        merged.epoch(),
        merged.sequence(),
        Instant.now(),
        rows,
        table.sink());
  }

  /** How many rounds of a checkpoint were merged before it was left unfinished. */
  int roundsDone(Milestone number) {
    return sql
        .query(
            "SELECT done FROM tidemark.sink_round WHERE sink = ? AND epoch = ? AND sequence = ?",
            row -> row.getInt(1),
            table.sink(),
            number.epoch(),
            number.sequence())
        .stream()
        .findFirst()
        .orElse(0);
  }

  /** Notes with the transaction how many rounds of a checkpoint are merged. */
  void recordRounds(Milestone number, int done) {
    sql.update("DELETE FROM tidemark.sink_round WHERE sink = ?", table.sink());
    sql.update(
        "INSERT INTO tidemark.sink_round (sink, epoch, sequence, done) VALUES (?, ?, ?, ?)",
        table.sink(),
        number.epoch(),
        number.sequence(),
        done);
  }

  private Optional<SinkRow> read(String lock) {
    return sql
        .query(
            "SELECT epoch, job, parent_epoch, parent_sequence, merged_epoch, merged_sequence"
                + " FROM tidemark.sink WHERE name = ?"
                + lock,
            row ->
                new SinkRow(row.getLong(1), row.getString(2), milestone(row, 3), milestone(row, 5)),
            table.sink())
        .stream()
        .findFirst();
  }

  private static Optional<Milestone> milestone(ResultSet row, int column) throws SQLException {
    long epoch = row.getLong(column);
    return row.wasNull()
        ? Optional.empty()
        : Optional.of(new Milestone(epoch, row.getLong(column + 1)));
  }
}
