package io.tidemark.database.mysql.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.catalog.LogCoverage;
import io.tidemark.database.mysql.position.BinlogPlace;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.database.mysql.wire.BinlogDump;
import io.tidemark.database.mysql.wire.BinlogFeed;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Reads the backlog ahead for its statements, once, when the first row in it has to be read by the
 * catalog. This takes as long as the server takes to send it: with {@code binlog_row_metadata =
 * FULL} it is never done. Used by one thread.
 */
final class ScannedBacklog implements Backlog {

  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final StreamSource source;
  private final long epoch;
  private final BinlogPlace end;
  private final Function<BinlogPosition, LogTransactions> statements;
  private boolean scanned;

  private ScannedBacklog(
      StreamSource source,
      long epoch,
      BinlogPlace end,
      Function<BinlogPosition, LogTransactions> statements) {
    this.source = source;
    this.epoch = epoch;
    this.end = end;
    this.statements = statements;
  }

  /**
   * What is in the log now. The catalog must have been read before: what altered it is logged
   * first.
   *
   * @param statements judges the statements behind a position, and reads no row
   */
  static Backlog now(
      MySqlQueries queries,
      StreamSource source,
      long epoch,
      Function<BinlogPosition, LogTransactions> statements) {
    BinlogPlace end =
        queries.one(
            "asking for the end of the binary log",
            LogCoverage.statusStatement(queries.version()),
            row -> new BinlogPlace(row.getString(1), row.getLong(2)));
    return new ScannedBacklog(source, epoch, end, statements);
  }

  @Override
  public void requireUnaltered(BinlogPosition from, Optional<BinlogPlace> at) {
    if (scanned || isPast(at)) {
      return;
    }
    Set<Long> taken;
    try (MySqlQueries queries = source.open(epoch, Role.LOG)) {
      taken = new HashSet<>(BinlogDump.takenIds(queries));
    }
    BinlogDump dump = new BinlogDump(source.connection(), source.stream(), epoch);
    try (BinlogFeed feed = new BinlogFeed(dump.open(from, taken))) {
      scan(feed, statements.apply(from));
    } catch (IOException e) {
      throw new LogFailure(source, epoch, from).classify(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseException(
          Kind.RETRYABLE, "interrupted while reading the source's log ahead", e);
    }
    scanned = true;
  }

  private boolean isPast(Optional<BinlogPlace> at) {
    return at.filter(place -> place.compareTo(end) >= 0).isPresent();
  }

  private void scan(BinlogFeed feed, LogTransactions ahead)
      throws IOException, InterruptedException {
    while (!isPast(ahead.place())) {
      Optional<EventBytes> event = feed.take(WAIT_NANOS);
      if (event.isEmpty()) {
        continue; // the server sends a heartbeat every second, or the link breaks
      }
      try {
        ahead.take(event.get());
      } catch (DatabaseException e) {
        throw new DatabaseException(
            e.kind(),
            e.getMessage()
                + ". Rows that were written before it were not read any more: without"
                + " binlog_row_metadata = FULL the log does not name their columns, and the catalog"
                + " only knows those of today",
            e);
      }
      ahead.ready().clear();
    }
  }
}
