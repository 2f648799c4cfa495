package io.tidemark.endtoend;

import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Money that is moved within and between two tables, by writers that each count their transactions
 * and write an entry for each. Any state in which half a transaction is missing, or twice there,
 * shows in {@link Books}.
 */
public final class Bank implements AutoCloseable {

  private static final String[] OWNERS = {"a", "B", "ä", "Z"};
  private static final long NEVER_MOVED = 7;

  private static final long OUTAGE_POLL_NANOS = 50_000_000;

  private final ConnectionSpec connection;
  private final int accounts;
  private final WriterThreads threads = new WriterThreads();
  private final AtomicLong transactions = new AtomicLong();
  private volatile boolean ridesOutages;

  private Bank(ConnectionSpec connection, int accounts) {
    this.connection = connection;
    this.accounts = accounts;
  }

  /** Creates the tables, with as many accounts and a tenth as many savings. */
  public static Bank create(ConnectionSpec connection, int accounts) throws SQLException {
    Bank bank = new Bank(connection, accounts);
    boolean postgres = connection.url().startsWith("jdbc:postgresql:");
    try (Connection session = bank.connect();
        Statement statement = session.createStatement()) {
      session.setAutoCommit(false);
      statement.execute(
          "CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL, pad text)");
      statement.execute(
          "CREATE TABLE savings (owner %s PRIMARY KEY, balance bigint NOT NULL, pad text)"
              .formatted(postgres ? "text COLLATE \"en-x-icu\"" : "varchar(40)"));
      statement.execute("CREATE TABLE counters (writer int PRIMARY KEY, n bigint NOT NULL)");
      statement.execute(
          "CREATE TABLE entries (writer int, n bigint, note text, PRIMARY KEY (writer, n))");
      fill(
          statement,
          "accounts",
          accounts,
          i -> "(%d, 1000, '%s')".formatted(i, ("pad " + i).repeat(15)));
      fill(
          statement,
          "savings",
          accounts / 10,
          i -> "('%s%d', 1000, '%s')".formatted(OWNERS[i % 4], i, "x".repeat(100)));
      session.commit();
      if (postgres) {
        statement.execute("ANALYZE");
        session.commit();
      }
    }
    return bank;
  }

  private static void fill(Statement statement, String table, int rows, IntFunction<String> row)
      throws SQLException {
    for (int first = 1; first <= rows; first += 1000) {
      statement.execute(
          "INSERT INTO %s VALUES %s"
              .formatted(
                  table,
                  IntStream.rangeClosed(first, Math.min(rows, first + 999))
                      .mapToObj(row)
                      .collect(Collectors.joining(", "))));
    }
  }

  /** Starts writers, each with at most {@code perSecond} transactions a second. */
  public Bank startWriters(int writers, int perSecond) throws SQLException {
    for (int i = 0; i < writers; i++) {
      int writer = i;
      try (Connection session = connect();
          Statement statement = session.createStatement()) {
        statement.execute("INSERT INTO counters VALUES (" + writer + ", 0)");
      }
      threads.start("bank-writer-" + writer, () -> work(writer, perSecond));
    }
    return this;
  }

  /** From now on writers that lose their server wait until it is there again. */
  public Bank ridingOutages() {
    ridesOutages = true;
    return this;
  }

  public long transactions() {
    return transactions.get();
  }

  /** Lets what is under way end. */
  public void stop() throws Exception {
    threads.stop();
  }

  @Override
  public void close() throws Exception {
    stop();
  }

  private Connection connect() throws SQLException {
    return TestServer.open(connection);
  }

  private void work(int writer, int perSecond) throws SQLException {
    Random random = new Random(writer);
    while (!threads.isStopping()) {
      try (Connection session = connect()) {
        session.setAutoCommit(false);
        work(session, writer, perSecond, random);
      } catch (SQLException | RuntimeException e) {
        if (!ridesOutages || !isOutage(e)) {
          throw e;
        }
        LockSupport.parkNanos(OUTAGE_POLL_NANOS);
      }
    }
  }

  private void work(Connection session, int writer, int perSecond, Random random)
      throws SQLException {
    long next = System.nanoTime();
    while (!threads.isStopping()) {
      try {
        transaction(session, writer, random);
        session.commit();
        transactions.incrementAndGet();
      } catch (SQLException e) {
        if (isOutage(e)) {
          throw e;
        }
        session.rollback();
        if (!TestServer.isConflict(e)) {
          throw e;
        }
      }
      next = Math.max(next, System.nanoTime() - 1_000_000_000L) + 1_000_000_000L / perSecond;
      LockSupport.parkNanos(Math.max(0, next - System.nanoTime()));
    }
  }

  /** The server is going, gone or coming back: classes 08 and 57P of SQLSTATE. */
  static boolean isOutage(Exception e) {
    String state = e instanceof SQLException error ? error.getSQLState() : null;
    return state != null && (state.startsWith("08") || state.startsWith("57P"));
  }

  private void transaction(Connection session, int writer, Random random) throws SQLException {
    long amount = 1 + random.nextInt(50);
    switch (random.nextInt(4)) {
      case 0 -> moveAccount(session, random);
      case 1 -> {
        update(
            session, "UPDATE accounts SET balance = balance - ? WHERE id = ?", amount, NEVER_MOVED);
        update(
            session,
            "UPDATE savings SET balance = balance + ? WHERE owner = ?",
            amount,
            value(session, "SELECT min(owner) FROM savings").orElseThrow());
      }
      default -> {
        long from = account(random);
        long to = account(random);
        // Both or none: an account may just have been moved away.
        if (isThere(session, Math.min(from, to))
            && isThere(session, Math.max(from, to))
            && from != to) {
          String transfer = "UPDATE accounts SET balance = balance + ? WHERE id = ?";
          update(session, transfer, -amount, from);
          update(session, transfer, amount, to);
        }
      }
    }
    update(session, "UPDATE counters SET n = n + 1 WHERE writer = ?", writer);
    update(
        session,
        "INSERT INTO entries SELECT writer, n, concat('entry ', n) FROM counters WHERE writer = ?",
        writer);
  }

  /** Gives an account another number, or closes it and opens one with the same money. */
  private void moveAccount(Connection session, Random random) throws SQLException {
    long id = account(random);
    if (id == NEVER_MOVED || !isThere(session, id)) {
      return;
    }
    long other = id <= accounts ? id + accounts : id - accounts;
    if (random.nextBoolean()) {
      update(session, "UPDATE accounts SET id = ? WHERE id = ?", other, id);
    } else {
      long balance =
          Long.parseLong(
              value(session, "SELECT balance FROM accounts WHERE id = ?", id).orElseThrow());
      String pad = value(session, "SELECT pad FROM accounts WHERE id = ?", id).orElseThrow();
      update(session, "DELETE FROM accounts WHERE id = ?", id);
      update(session, "INSERT INTO accounts VALUES (?, ?, ?)", other, balance, pad + ".");
    }
  }

  /** Whether it exists, and, if so, does to the end of the transaction. */
  private static boolean isThere(Connection session, long account) throws SQLException {
    return value(session, "SELECT id FROM accounts WHERE id = ? FOR UPDATE", account).isPresent();
  }

  /** Numbers up to twice as many as there are accounts, half of which exist at any time. */
  private long account(Random random) {
    return 1 + random.nextInt(2 * accounts);
  }

  private static Optional<String> value(Connection session, String sql, Object... values)
      throws SQLException {
    try (PreparedStatement statement = session.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
      }
    }
  }

  private static void update(Connection session, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = session.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.executeUpdate();
    }
  }

  /**
   * What shows whether whole transactions are there.
   *
   * @param money in all accounts and savings
   * @param counters how many transactions each writer has done
   * @param miscounted writers whose entries are not as many as they have counted
   */
  public record Books(long money, TreeMap<Integer, Long> counters, long miscounted) {

    private static final String QUERY =
        """
        SELECT (SELECT sum(balance) FROM accounts) + (SELECT sum(balance) FROM savings),
               c.writer, c.n,
               (SELECT count(*) FROM entries AS e WHERE e.writer = c.writer)
        FROM (SELECT 1 AS one) AS always LEFT JOIN counters AS c ON 1 = 1
        """;

    /** Reads all of it in one statement, and so from one snapshot. */
    public static Books read(Connection connection) throws SQLException {
      TreeMap<Integer, Long> counters = new TreeMap<>();
      long money = 0;
      long miscounted = 0;
      try (ResultSet rows = connection.createStatement().executeQuery(QUERY)) {
        while (rows.next()) {
          money = rows.getLong(1);
          int writer = rows.getInt(2);
          if (!rows.wasNull()) {
            counters.put(writer, rows.getLong(3));
            miscounted += rows.getLong(3) == rows.getLong(4) ? 0 : 1;
          }
        }
      }
      return new Books(money, counters, miscounted);
    }
  }
}
