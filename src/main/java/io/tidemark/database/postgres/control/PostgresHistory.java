package io.tidemark.database.postgres.control;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.log.ReplicationSlot;
import io.tidemark.database.postgres.position.MessageMark;
import io.tidemark.database.postgres.position.PostgresLsn;
import io.tidemark.database.postgres.position.PostgresPosition;
import io.tidemark.database.postgres.position.PostgresSnapshot;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.StreamSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What tells, at the next start, that the source's history is still the one that was read: marks
 * that are left in the log as messages, one behind everything that a snapshot contains, and others
 * so that there is something young to find again where the stream's own tables are idle. The log's
 * reader looks for them ({@code LogHistory}); here they are left, remembered and forgotten. Borrows
 * its connections, whose commits must be flushed before they return. Used by one thread at a time,
 * but for {@link #secure}.
 */
final class PostgresHistory {

  private static final String FACT = "history: marks ahead";

  /** How much of the log may be kept for the sake of the last mark. */
  private static final long BYTES_BETWEEN_MARKS = 1 << 20;

  private final StreamSource source;
  private final PostgresQueries queries;

  /** Of the thread that opens snapshots. */
  private final PostgresQueries securing;

  /** Behind snapshots that the log may not have passed yet. */
  private final List<MessageMark> ahead = new CopyOnWriteArrayList<>();

  private volatile @Nullable PostgresLsn newest;

  /**
   * Borrows the connections, both of which commit without waiting for a synchronous standby.
   *
   * @param securing the one for {@link #secure}, which may be called while another thread asks
   */
  PostgresHistory(StreamSource source, PostgresQueries queries, PostgresQueries securing) {
    this.source = source;
    this.queries = queries;
    this.securing = securing;
  }

  /**
   * Leaves a mark. A message that belongs to a transaction is a commit, and what is flushed for a
   * commit is the log up to its record (PostgreSQL manual, 9.28.6 and 28.4; xact.c,
   * RecordTransactionCommit): whatever was visible before this was called is on disk when it
   * returns, also where it was committed with {@code synchronous_commit = off}.
   */
  private MessageMark leave(PostgresQueries by) {
    String token = MessageMark.newToken();
    by.one(
        "leaving a mark in the log",
        "SELECT pg_catalog.pg_logical_emit_message(true, "
            + Identifiers.literal(MessageMark.PREFIX)
            + ", "
            + Identifiers.literal(token)
            + ")",
        row -> true);
    MessageMark mark = new MessageMark(token, inserted(by));
    newest = mark.before();
    return mark;
  }

  private static PostgresLsn inserted(PostgresQueries by) {
    return by.one(
        "asking for the end of the log",
        "SELECT pg_catalog.pg_current_wal_insert_lsn()::text",
        row -> PostgresLsn.parse(row.getString(1)));
  }

  /**
   * Sees to it that a crash of the server cannot lose what a snapshot contains, and that a server
   * which has lost it is recognized.
   *
   * @return the snapshot, passed when the log has passed the mark behind it
   */
  PostgresSnapshot secure(PostgresSnapshot taken) {
    MessageMark mark = leave(securing);
    ahead.add(mark);
    return new PostgresSnapshot(taken.xmin(), taken.xmax(), taken.inProgress(), mark.before());
  }

  /** What is to be remembered, beside {@code others}. Leaves a mark where the last one is old. */
  SourceMemory remembered(SourceMemory others, Optional<ReplicationSlot.State> slot) {
    PostgresLsn last = newest;
    if (last == null || inserted(queries).value() - last.value() > BYTES_BETWEEN_MARKS) {
      leave(queries);
    }
    slot.flatMap(ReplicationSlot.State::confirmed)
        .ifPresent(confirmed -> ahead.removeIf(mark -> mark.before().compareTo(confirmed) <= 0));
    return ahead.isEmpty() ? others : others.with(FACT, MessageMark.print(ahead));
  }

  /**
   * What the server can tell without its log being read.
   *
   * @return the position, with what the log's reader must find behind it
   * @throws DatabaseException fatal, if the server cannot have what was read
   */
  PostgresPosition require(PostgresPosition from, SourceMemory memory) {
    PostgresLsn flushed =
        queries.one(
            "asking for the end of the log",
            "SELECT pg_catalog.pg_current_wal_flush_lsn()::text",
            row -> PostgresLsn.parse(row.getString(1)));
    ahead.clear();
    ahead.addAll(from.ahead());
    String remembered = memory.facts().get(FACT);
    if (remembered != null) {
      MessageMark.parse(remembered).stream()
          .filter(mark -> !ahead.contains(mark))
          .forEach(ahead::add);
    }
    ahead.removeIf(mark -> mark.before().compareTo(from.lsn()) <= 0);
    PostgresLsn known = from.lsn();
    for (MessageMark mark : ahead) {
      known = mark.before().compareTo(known) > 0 ? mark.before() : known;
    }
    if (flushed.compareTo(known) < 0) {
      throw new DatabaseException(
          Kind.FATAL,
          "source: this stream has read or copied what lies before "
              + known
              + " in the log of "
              + source.connection().displayUrl()
              + ", whose log ends at "
              + flushed
              + ": the server was set back (a copied data directory, a restored volume, or a standby"
              + " that was promoted before it had everything). Point the job back at the server that"
              + " has it; or drop the stream with ./tidemark drop and copy again");
    }
    return from.withAhead(ahead);
  }
}
