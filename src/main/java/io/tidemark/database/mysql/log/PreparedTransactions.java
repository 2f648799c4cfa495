package io.tidemark.database.mysql.log;

import io.tidemark.change.RowChange;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.position.ExecutedSet;
import io.tidemark.database.mysql.position.Gtid;
import io.tidemark.database.mysql.position.MySqlTransaction;
import io.tidemark.database.mysql.session.SqlWords;
import io.tidemark.database.mysql.session.SqlWords.Word;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * XA transactions that the log has shown and that nobody can see yet. The log has their changes
 * under a GTID of their own when they are prepared, and a second GTID when they are committed or
 * rolled back (MySQL manual, 15.3.8.3). They are delivered with the second; until then the position
 * leaves the first one out, so that a restart is sent it again. Used by one thread.
 *
 * <p>One that was prepared before the stream began is not known here. Its changes are in every
 * snapshot: a session opens under a table lock, which waits until such a transaction is over.
 * Without locks its commit is refused, so that also those that changed nothing of the stream's have
 * to be known.
 */
final class PreparedTransactions {

  private static final long MOST_BYTES = 64 << 20;

  private record Prepared(Gtid gtid, List<RowChange> changes, long bytes) {}

  private final Map<String, Prepared> prepared = new HashMap<>();
  private long bytes;

  /** The name in {@code XA COMMIT X'…',X'…',1}, as it is the same in all statements about it. */
  static String name(String sql) {
    List<Word> words = SqlWords.of(sql);
    return words.stream()
        .skip(2)
        .takeWhile(word -> !word.is("ONE") && !word.is("JOIN") && !word.is("RESUME"))
        .map(Word::text)
        .collect(Collectors.joining(" "));
  }

  /**
   * @throws DatabaseException fatal, if there is no room for so much
   */
  void requireRoom(long more, MySqlTransaction transaction) {
    if (bytes + more > MOST_BYTES) {
      throw new DatabaseException(
          Kind.FATAL,
          "XA transaction "
              + transaction.print()
              + " is too large: what prepared transactions have changed is kept in memory, at most "
              + (MOST_BYTES >> 20)
              + " MB. Drop the stream with ./tidemark drop and copy again when it is committed");
    }
  }

  void add(String name, Gtid gtid, List<RowChange> changes) {
    long size = changes.stream().mapToLong(RowChange::weight).sum();
    prepared.put(name, new Prepared(gtid, List.copyOf(changes), size));
    bytes += size;
  }

  boolean isKnown(String name) {
    return prepared.containsKey(name);
  }

  /** What it changed; nothing if it is not known. */
  List<RowChange> changes(String name) {
    Prepared known = prepared.get(name);
    return known == null ? List.of() : known.changes();
  }

  /** It is over: its first GTID joins what is executed. */
  ExecutedSet committed(String name, ExecutedSet executed) {
    Prepared known = prepared.remove(name);
    if (known == null) {
      return executed;
    }
    bytes -= known.bytes();
    return executed.plus(known.gtid());
  }

  ExecutedSet rolledBack(String name, ExecutedSet executed) {
    return committed(name, executed);
  }

  void clear() {
    prepared.clear();
    bytes = 0;
  }
}
