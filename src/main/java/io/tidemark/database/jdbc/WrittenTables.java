package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.jdbc.TargetFacts.Fact;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * The tables that a writer has written to in its open transaction. Before it commits they are
 * looked at: whoever has written to a table holds a lock that keeps everybody from altering it
 * until the transaction's end (PostgreSQL manual, 13.3.1; MySQL manual, 10.11.4), so that what is
 * found then was so at the first write, and nothing is committed that went into another table, or
 * through a trigger. Used by one thread.
 */
final class WrittenTables {

  /**
   * @param moment at which it was so, or an earlier one
   */
  private record Known(Fact fact, String moment) {}

  private static final long MOMENT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final TargetFacts vendor;
  private final Connection connection;
  private final LedgerSql sql;
  private final String stream;
  private final Set<TableId> written = new TreeSet<>();
  private final Set<TableId> emptied = new TreeSet<>();
  private final Set<TableId> filled = new TreeSet<>();

  /** Those that this writer has said to have rows. */
  private final Set<TableId> everFilled = new TreeSet<>();

  /** What the tables were when this writer last committed something that it had written there. */
  private final Map<TableId, Known> known = new HashMap<>();

  /** What they are as the open transaction has found them. */
  private final Map<TableId, Known> pending = new HashMap<>();

  /** That was asked for last. */
  private String moment = "";

  private long askedAt;

  /**
   * @param stream whose ledger remembers what was emptied
   */
  WrittenTables(TargetFacts vendor, Connection connection, LedgerSql sql, String stream) {
    this.vendor = vendor;
    this.connection = connection;
    this.sql = sql;
    this.stream = stream;
  }

  /** It is about to be written to. */
  void write(TableId table) {
    written.add(table);
  }

  /** Rows of it are written: from now on one that is empty was emptied. */
  void fill(TableId table) {
    written.add(table);
    filled.add(table);
  }

  /** It is emptied by this transaction, as the source's was. */
  void empty(TableId table) {
    written.add(table);
    emptied.add(table);
  }

  /** The transaction was committed. */
  void committed() {
    known.putAll(pending);
    everFilled.addAll(filled);
    clear();
  }

  /** The transaction has ended. */
  void clear() {
    written.clear();
    emptied.clear();
    filled.clear();
    pending.clear();
  }

  /**
   * @throws DatabaseException fatal, if the transaction must not be committed
   */
  void requireUnchanged() {
    if (written.isEmpty()) {
      return;
    }
    boolean due =
        !known.keySet().containsAll(written) || System.nanoTime() - askedAt > MOMENT_NANOS;
    String now = due ? vendor.moment(connection, stream) : moment;
    Map<TableId, Fact> facts = vendor.read(connection, written);
    List<String> problems = new ArrayList<>();
    facts.forEach((table, fact) -> problem(table, fact).ifPresent(problems::add));
    if (!problems.isEmpty()) {
      throw new DatabaseException(Kind.FATAL, "target: " + String.join("; ", problems));
    }
    List<TableId> first = filled.stream().filter(table -> !everFilled.contains(table)).toList();
    if (!first.isEmpty() && isRemembered()) {
      TargetMemory.filled(sql, stream, first, now);
    }
    // Of a table without rows there is nothing that could be lost before the next look.
    facts.forEach(
        (table, fact) -> {
          if (filled.contains(table) || emptied.contains(table)) {
            pending.put(table, new Known(fact, now));
          }
        });
    if (due) {
      moment = now;
      askedAt = System.nanoTime();
    }
    if (!emptied.isEmpty() && isRemembered()) {
      emptied.forEach(
          table ->
              Optional.ofNullable(facts.get(table))
                  .ifPresent(fact -> TargetMemory.emptied(sql, stream, table, fact)));
    }
  }

  private Optional<String> problem(TableId table, Fact now) {
    Optional<String> obstacle = FactComparison.obstacle(table, now);
    Known last = known.get(table);
    if (obstacle.isPresent() || last == null) {
      return obstacle;
    }
    Fact before = last.fact();
    return emptied.contains(table)
        ? vendor.change(before, now).map(what -> FactComparison.inWords(table, what))
        : FactComparison.change(
            vendor, connection, stream, table, before, now, true, List.of(last.moment()));
  }

  /** Whether there is a ledger that remembers anything; it is brought up before writers write. */
  private boolean isRemembered() {
    return LedgerVersion.of(sql) >= 2;
  }
}
