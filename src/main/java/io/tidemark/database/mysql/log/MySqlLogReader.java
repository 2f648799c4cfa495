package io.tidemark.database.mysql.log;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.mysql.catalog.LogCoverage;
import io.tidemark.database.mysql.position.BinlogPlace;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.rows.DefaultRows;
import io.tidemark.database.mysql.rows.LoggedTable;
import io.tidemark.database.mysql.rows.LoggedTables;
import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.database.mysql.wire.BinlogDump;
import io.tidemark.database.mysql.wire.BinlogFeed;
import io.tidemark.database.mysql.wire.LogEvents;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Reads the server's binary log as a replica does.
 *
 * <p>During a hold nothing is taken: a bounded number of events waits here, the rest at the server,
 * whose patience is set to a year. Where the link breaks between two transactions, or in one that
 * was not told of yet, it is opened again behind the last complete one; in the middle of one that
 * was, reading fails retryably, so that no half of a transaction is delivered twice.
 */
public final class MySqlLogReader implements LogReader {

  /** For how long a broken link is tried again before the job is restarted. */
  private static final long RECONNECT_NANOS = TimeUnit.SECONDS.toNanos(20);

  private static final long RECONNECT_PAUSE_MILLIS = 200;

  /** How often positions are told of while a busy log holds nothing for this stream. */
  private static final long ADVANCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long an answer may be late while events keep coming that lead to none. */
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final StreamSource source;
  private final long epoch;
  private final List<Table> tables;
  private final LogRules rules;
  private final LogTransactions transactions;
  private final Object closing = new Object();
  private volatile boolean closed;
  private BinlogFeed feed;
  private BinlogPosition told;
  private long toldAt = System.nanoTime();

  private MySqlLogReader(
      StreamSource source,
      long epoch,
      List<Table> tables,
      LogRules rules,
      LogTransactions transactions,
      BinlogFeed feed,
      BinlogPosition from) {
    this.source = source;
    this.epoch = epoch;
    this.tables = List.copyOf(tables);
    this.rules = rules;
    this.transactions = transactions;
    this.feed = feed;
    this.told = from;
  }

  /**
   * Connects and lets the server send what lies behind {@code from}. The caller closes it.
   *
   * @param tables the announced ones, of which the catalog is asked here
   * @throws io.tidemark.database.DatabaseException if the server does not give its log from there,
   *     or a table is not what was announced
   */
  public static MySqlLogReader open(
      StreamSource source, long epoch, BinlogPosition from, List<Table> tables) {
    Map<TableId, LoggedTable> logged;
    LogRules rules;
    DefaultRows defaults;
    Backlog backlog;
    try (MySqlQueries queries = source.open(epoch, Role.LOG)) {
      logged = LoggedTables.read(queries, source.selection(), tables);
      rules = LogRules.read(queries, tables);
      defaults = new DefaultRows(source, epoch, logged);
      backlog =
          ScannedBacklog.now(
              queries,
              source,
              epoch,
              start ->
                  new LogTransactions(
                          logged, rules, source.settings(), defaults, Backlog.UNALTERED, start)
                      .ofStatements());
    }
    LogTransactions transactions =
        new LogTransactions(logged, rules, source.settings(), defaults, backlog, from);
    try {
      return new MySqlLogReader(
          source,
          epoch,
          tables,
          rules,
          transactions,
          connect(source, epoch, tables, rules, from),
          from);
    } catch (IOException e) {
      throw new LogFailure(source, epoch, from).classify(e);
    }
  }

  private static BinlogFeed connect(
      StreamSource source, long epoch, List<Table> tables, LogRules rules, BinlogPosition from)
      throws IOException {
    Set<Long> taken;
    try (MySqlQueries queries = source.open(epoch, Role.LOG)) {
      // A link breaks when the server is started again, perhaps with other settings.
      new LogCoverage(queries).require();
      if (!LogRules.read(queries, tables).equals(rules)) {
        throw new DatabaseException(
            Kind.RETRYABLE, "the source was started again with other settings");
      }
      taken = new HashSet<>(BinlogDump.takenIds(queries));
    }
    BinlogDump dump = new BinlogDump(source.connection(), source.stream(), epoch);
    return new BinlogFeed(dump.open(from, taken));
  }

  @Override
  public Optional<Message> poll(Duration wait) throws InterruptedException {
    long deadline = System.nanoTime() + BinlogFeed.nanos(wait);
    while (true) {
      if (!transactions.ready().isEmpty()) {
        return Optional.of(deliver());
      }
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted while reading the source's log");
      }
      long left = deadline - System.nanoTime();
      Optional<EventBytes> event = next(left);
      if (event.isPresent()) {
        transactions.take(event.get());
        advanceIfDue();
        if (transactions.ready().isEmpty() && left < -GRACE_NANOS) {
          return Optional.empty();
        }
      } else if (left <= 0) {
        return Optional.empty();
      }
    }
  }

  private Message deliver() {
    Message message = transactions.ready().remove();
    if (message instanceof Commit commit) {
      told((BinlogPosition) commit.position());
    }
    return message;
  }

  private void told(BinlogPosition position) {
    told = position;
    toldAt = System.nanoTime();
  }

  /** When everything that has come is processed, its end is told of at once; else now and then. */
  private void advanceIfDue() {
    boolean due = feed.isDrained() || System.nanoTime() - toldAt > ADVANCE_NANOS;
    if (due && transactions.ready().isEmpty()) {
      transactions
          .advance(told)
          .ifPresent(
              advance -> {
                transactions.ready().add(advance);
                told((BinlogPosition) advance.position());
              });
    }
  }

  private Optional<EventBytes> next(long nanos) throws InterruptedException {
    try {
      return feed.take(nanos);
    } catch (IOException e) {
      reconnect(e);
      return Optional.empty();
    }
  }

  private void reconnect(IOException cause) throws InterruptedException {
    BinlogPosition from = transactions.position();
    LogFailure failures = new LogFailure(source, epoch, from);
    if (closed) {
      throw new DatabaseException(Kind.RETRYABLE, "the log reader was closed", cause);
    }
    DatabaseException failure = failures.classify(cause);
    if (transactions.hasBegun() || failure.kind() != Kind.RETRYABLE) {
      throw failure;
    }
    long deadline = System.nanoTime() + RECONNECT_NANOS;
    while (true) {
      try {
        feed.close();
        requireSameLog(from);
        transactions.restart();
        replaceFeed(connect(source, epoch, tables, rules, from));
        return;
      } catch (IOException e) {
        failure = failures.classify(e);
      } catch (DatabaseException e) {
        failure = e;
      }
      if (failure.kind() != Kind.RETRYABLE || System.nanoTime() > deadline) {
        throw failure;
      }
      TimeUnit.MILLISECONDS.sleep(RECONNECT_PAUSE_MILLIS);
    }
  }

  /**
   * The server that answers now may be another one, or have been set back meanwhile. Where the file
   * has been purged, the server tells whether the next one follows.
   */
  private void requireSameLog(BinlogPosition from) throws IOException {
    if (from.mark().isPresent()
        && !isPurged(from.mark().get().event())
        && !new LogEvents(source, epoch).has(from.mark().get())) {
      throw new DatabaseException(
          Kind.RETRYABLE,
          "the log does not have at "
              + from.mark().get().event().print()
              + " what was read there; whether it is another one is to be found out");
    }
  }

  private boolean isPurged(BinlogPlace place) {
    try (MySqlQueries queries = source.open(epoch, Role.LOG)) {
      return queries
          .first("asking for the log's files", "SHOW BINARY LOGS", row -> row.getString(1))
          .filter(place::liesBefore)
          .isPresent();
    }
  }

  /** A close from another thread must not miss the new connection. */
  private void replaceFeed(BinlogFeed opened) throws IOException {
    synchronized (closing) {
      feed = opened;
      if (closed) {
        opened.close();
        throw new DatabaseException(Kind.RETRYABLE, "the log reader was closed");
      }
    }
  }

  /** The server keeps its log by its own rules and not for a reader. */
  @Override
  public void confirm(LogPosition durable) {}

  /** Nothing to do: the server has been told to be patient, and the kernel keeps the link. */
  @Override
  public void keepAlive() {}

  /** Nothing to look for: every statement that changes tables is in the log, and judged there. */
  @Override
  public boolean isNothingUnlogged() {
    return true;
  }

  /** Ends the connection without waiting for what the server still wants to send. */
  @Override
  public void close() {
    synchronized (closing) {
      closed = true;
      try {
        feed.close();
      } catch (IOException e) {
        throw new DatabaseException(Kind.RETRYABLE, "closing the source's log failed", e);
      }
    }
  }
}
