package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.Ledger.TargetWatch;
import io.tidemark.database.jdbc.TargetFacts.Fact;
import io.tidemark.database.shared.LostTable;
import io.tidemark.schema.TableId;
import io.tidemark.settings.StreamNames;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares a target's facts with those that the ledger keeps in {@code tidemark.memory}. */
final class JdbcTargetWatch implements TargetWatch {

  /** A statement of the ledger is waited for as long; a look is tried again. */
  private static final long LOCK_TIMEOUT_MILLIS = 2000;

  private static final Logger LOG = LoggerFactory.getLogger(JdbcTargetWatch.class);

  private static final String ROLE = "look";

  /** How many looks have to agree, and how long each is after the one before. */
  private static final int AGREEING = 3;

  private static final long PAUSE_MILLIS = 50;

  /** Two in a row that agree come soon, unless somebody alters tables all the time. */
  private static final int MOST_READS = 100;

  /** What is read in the moment in which a statement ends is gone after it. */
  private static final long SETTLE_MILLIS = 10;

  private final JdbcTarget target;
  private final String stream;
  private final TargetFacts vendor;

  /** By their names at the target; those at the source. */
  private final Map<TableId, TableId> tables = new TreeMap<>();

  private @Nullable Connection connection;

  /** What the connection is called: one of an epoch is ended by the next epoch's start. */
  private String session = "";

  private String digest = "";

  /** When the tables were last seen; empty as long as they were not. */
  private String moment = "";

  /**
   * @param tables by their names at the source
   */
  JdbcTargetWatch(JdbcTarget target, String stream, Set<TableId> tables) {
    this.target = target;
    this.stream = stream;
    this.vendor = target.facts();
    tables.forEach(table -> this.tables.put(target.renaming().targetOf(table), table));
  }

  @Override
  public void examine() {
    with(
        "tidemark-look:" + stream,
        sql -> {
          requireUnchanged(sql, tables.keySet(), lastWrite());
          sql.rollback();
        });
  }

  @Override
  public void begin(long epoch, Set<TableId> copied) {
    with(
        StreamNames.session(stream, epoch, ROLE),
        sql -> {
          String now = vendor.moment(connection(), stream);
          Set<TableId> known = new TreeSet<>(tables.keySet());
          known.removeIf(table -> !copied.contains(tables.get(table)));
          Found found = requireUnchanged(sql, known, lastWrite());
          new LedgerTransaction(sql, stream).requireEpoch(epoch);
          found.memory().replace(sql, found.ledger(), now, found.facts(), known);
          sql.commit();
        });
  }

  @Override
  public void look(long epoch) {
    with(
        StreamNames.session(stream, epoch, ROLE),
        sql -> {
          String now = vendor.moment(connection(), stream);
          String seen = vendor.digest(connection(), tables.keySet());
          boolean samePhase = !vendor.momentsArePhases() || now.equals(moment);
          if (seen.equals(digest) && samePhase) {
            sql.rollback();
          } else {
            // A phase ends with what is remembered of it, and not with the look that sees it end.
            String since = vendor.momentsArePhases() ? "" : moment;
            Found found = requireUnchanged(sql, tables.keySet(), since);
            new LedgerTransaction(sql, stream).requireEpoch(epoch);
            found.memory().update(sql, now, found.facts());
            sql.commit();
            // Read before the facts: what came between the two is looked at once more.
            digest = seen;
          }
          moment = now;
        });
  }

  /**
   * Records that the finish is done, and with it what the tables are then: what becomes of them
   * from here on is not its doing.
   */
  void finish(long epoch, String finishing) {
    try {
      with(
          finishing,
          sql -> {
            TargetMemory.read(sql, stream).tables().forEach(table -> tables.put(table, table));
            String before = vendor.moment(connection(), stream);
            Found found = requireUnchanged(sql, tables.keySet(), lastWrite());
            new LedgerTransaction(sql, stream).recordFinish(epoch);
            String now = vendor.momentsArePhases() ? vendor.moment(connection(), stream) : before;
            found.memory().update(sql, now, found.facts());
            sql.commit();
          });
    } finally {
      close();
    }
  }

  private String lastWrite() {
    return vendor.lastWrite(connection(), stream).orElse("");
  }

  /** What is there now and in which ledger, and what that remembers. */
  private record Found(String ledger, Map<TableId, Fact> facts, TargetMemory memory) {}

  /**
   * Three looks have to agree on what is wrong with a table: of one that the stream itself empties,
   * catalog and ledger tell in one transaction, and they are not read in one moment; and MariaDB
   * leaves a table out of its catalog for the moment in which an ALTER puts its copy in its place.
   *
   * @param known tables to compare with what is remembered of them
   * @param since a moment at which they were so
   */
  private Found requireUnchanged(LedgerSql sql, Set<TableId> known, String since) {
    Map<TableId, String> problems = new TreeMap<>();
    Found found = compare(sql, known, since, problems);
    for (int again = 1; again < AGREEING && !problems.isEmpty(); again++) {
      pause(PAUSE_MILLIS);
      Set<TableId> suspects = Set.copyOf(problems.keySet());
      problems.clear();
      found = compare(sql, known, since, problems);
      problems.keySet().retainAll(suspects);
    }
    if (!problems.isEmpty()) {
      throw new DatabaseException(Kind.FATAL, "target: " + String.join("; ", problems.values()));
    }
    return found;
  }

  private static void pause(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    if (Thread.interrupted()) {
      Thread.currentThread().interrupt();
      throw new DatabaseException(Kind.RETRYABLE, "interrupted while looking at the target");
    }
  }

  /**
   * What differs from what is remembered was read twice alike: what is read in the moment in which
   * a statement ends may be neither what was before nor what is then, and would be remembered.
   */
  private Map<TableId, Fact> settled(LedgerSql sql) {
    Map<TableId, Fact> facts = vendor.read(connection(), tables.keySet());
    if (TargetMemory.read(sql, stream).has(facts)) {
      return facts;
    }
    for (int again = 0; again < MOST_READS; again++) {
      pause(SETTLE_MILLIS);
      Map<TableId, Fact> now = vendor.read(connection(), tables.keySet());
      if (now.equals(facts)) {
        return facts;
      }
      facts = now;
    }
    throw new DatabaseException(
        Kind.RETRYABLE,
        "the target's tables are being altered all the time, so that what they are cannot be told");
  }

  private Found compare(
      LedgerSql sql, Set<TableId> known, String since, Map<TableId, String> problems) {
    Map<TableId, Fact> facts = settled(sql);
    TargetMemory memory = TargetMemory.read(sql, stream);
    String ledger = vendor.ledger(connection());
    boolean sameLedger = memory.ledger().isEmpty() || memory.ledger().equals(ledger);
    for (TableId table : tables.keySet()) {
      Fact now = facts.get(table);
      if (now == null) {
        problems.put(table, LostTable.of(table));
        continue;
      }
      Optional<String> problem = FactComparison.obstacle(table, now);
      Fact before = known.contains(table) ? memory.fact(table) : null;
      if (problem.isEmpty() && before != null) {
        problem =
            sameLedger
                ? FactComparison.change(
                    vendor,
                    connection(),
                    stream,
                    table,
                    before,
                    now,
                    memory.filled(table),
                    List.of(since, memory.moment(), memory.firstWrite(table)))
                : FactComparison.restored(vendor, connection(), table, memory.filled(table));
      }
      problem.ifPresent(what -> problems.put(table, what));
    }
    return new Found(ledger, facts, memory);
  }

  private interface Look {
    void at(LedgerSql sql);
  }

  private void with(String name, Look look) {
    try {
      look.at(sql(name));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private LedgerSql sql(String name) {
    if (!name.equals(session)) {
      close();
    }
    if (connection == null) {
      connection = target.connect(name);
      session = name;
    }
    LedgerSql sql = new LedgerSql(connection, target.ledgerDialect());
    sql.run(
        "setting a lock timeout", target.ledgerDialect().lockTimeoutStatement(LOCK_TIMEOUT_MILLIS));
    return sql;
  }

  private Connection connection() {
    if (connection == null) {
      throw new IllegalStateException("the look has no connection");
    }
    return connection;
  }

  /** One that the next epoch's start has ended cannot be closed, and need not be. */
  @Override
  public void close() {
    Connection open = connection;
    connection = null;
    if (open != null) {
      try {
        LedgerSql.close(target, open);
      } catch (DatabaseException e) {
        LOG.debug("a connection that has looked at the target was gone", e);
      }
    }
  }
}
