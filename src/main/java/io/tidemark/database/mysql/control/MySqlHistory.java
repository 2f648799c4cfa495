package io.tidemark.database.mysql.control;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.mysql.position.BinlogPlace;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.position.MySqlPositions;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.snapshot.ServerLog;
import io.tidemark.database.mysql.wire.LogEvents;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether the server's log is still the one that was read. A log that was reset, or that of a
 * server whose data were set back, gives the same files, places and GTIDs to other transactions.
 *
 * <p>A file of the log is written by one run of the server, from its beginning to its end, and
 * every run begins a new one (MySQL manual, 7.4.4; MariaDB documentation, "Overview of the Binary
 * Log"). So a file that was begun when the one that was read was begun, and that is as long, has
 * the same content up to there. The last transaction that was read is looked at itself. Borrows
 * what it is given; used by one thread at a time.
 */
final class MySqlHistory {

  private static final String FACT = "history: the log behind a snapshot";

  private final StreamSource source;
  private final ServerLog log;
  private final LogEvents events;

  /** Behind everything that the newest snapshot contains. */
  private @Nullable End behindSnapshot;

  MySqlHistory(StreamSource source, long epoch, ServerLog log) {
    this.source = source;
    this.log = log;
    this.events = new LogEvents(source, epoch);
  }

  /**
   * The end of the log at some time.
   *
   * @param begun when its file was begun
   */
  private record End(BinlogPlace place, long begun) {
    String print() {
      return place.print() + " begun " + begun;
    }

    static End parse(String printed) {
      int begun = printed.lastIndexOf(" begun ");
      return new End(
          MySqlPositions.place(printed.substring(0, begun)),
          Long.parseLong(printed.substring(begun + " begun ".length())));
    }
  }

  /** A session was opened: everything that it contains lies before the end of the log. */
  void sessionOpened() {
    BinlogPlace end = log.end();
    End before = behindSnapshot;
    long begun =
        before != null && before.place().file().equals(end.file())
            ? before.begun()
            : begun(end.file());
    behindSnapshot = new End(end, begun);
  }

  /** What is to be remembered, beside {@code others}. */
  SourceMemory remembered(SourceMemory others) {
    End end = behindSnapshot;
    return end == null ? others : others.with(FACT, end.print());
  }

  /**
   * @throws DatabaseException fatal, if the log is not the one that was read up to {@code from}, or
   *     that had what a snapshot contained
   */
  void require(BinlogPosition from, SourceMemory memory) {
    List<ServerLog.LogFile> files = log.files();
    if (from.place().isPresent()) {
      isThere(files, from.place().get(), from);
    }
    if (from.mark().isPresent()
        && isThere(files, from.mark().get().event(), from)
        && !hasMark(from)) {
      throw another(
          from, "what begins at " + from.mark().get().event().print() + " is another transaction");
    }
    String remembered = memory.facts().get(FACT);
    if (remembered == null) {
      return;
    }
    End end = End.parse(remembered);
    behindSnapshot = end;
    boolean passed = from.place().filter(place -> place.compareTo(end.place()) >= 0).isPresent();
    if (!passed && isThere(files, end.place(), from) && begun(end.place().file()) != end.begun()) {
      throw another(from, "file " + end.place().file() + " was begun at another time");
    }
  }

  /**
   * Whether the file is there, and as long as it was; if not, it must have been purged since.
   *
   * @throws DatabaseException fatal, if neither is so
   */
  private boolean isThere(List<ServerLog.LogFile> files, BinlogPlace place, BinlogPosition from) {
    Optional<ServerLog.LogFile> found =
        files.stream().filter(file -> file.name().equals(place.file())).findFirst();
    if (found.isPresent()) {
      if (found.get().bytes() < place.offset()) {
        throw another(from, "file " + place.file() + " ends at " + found.get().bytes() + " now");
      }
      return true;
    }
    if (files.isEmpty() || !place.liesBefore(files.get(0).name())) {
      throw another(
          from,
          "there is no file "
              + place.file()
              + ", and the log has not gone on to later ones (log_bin must name the same files)");
    }
    return false;
  }

  private boolean hasMark(BinlogPosition from) {
    try {
      return events.has(from.mark().orElseThrow());
    } catch (IOException e) {
      throw cannotRead(e);
    }
  }

  private long begun(String file) {
    try {
      return events.begun(file);
    } catch (IOException e) {
      throw cannotRead(e);
    }
  }

  private static DatabaseException cannotRead(IOException cause) {
    return new DatabaseException(
        Kind.RETRYABLE,
        "looking at the source's log at the place that was read last failed: " + cause.getMessage(),
        cause);
  }

  private DatabaseException another(BinlogPosition from, String detail) {
    return new DatabaseException(
        Kind.FATAL,
        "source: the binary log of "
            + source.connection().displayUrl()
            + " is not the one that this stream has read up to "
            + from.print()
            + ": "
            + detail
            + ". It was reset (RESET BINARY LOGS AND GTIDS, RESET MASTER), or the server's data were"
            + " set back (a copied data directory, a restored volume) and went on from there. What"
            + " the stream takes for read is not what the log has: drop the stream with ./tidemark"
            + " drop and copy again");
  }
}
