package io.tidemark.endtoend;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks at a stream from outside: at its ledger and at the source's log.
 *
 * @param pair the databases; the stream has their name
 */
public record StreamWatch(TwoServers.Pair pair) {

  private static final String LEDGER_IS_THERE =
      "SELECT to_regclass('tidemark.progress') IS NOT NULL AND to_regclass('tidemark.chunk')"
          + " IS NOT NULL AND to_regclass('tidemark.streamed') IS NOT NULL";

  /** Whether the ledger says that the target is consistent. */
  public boolean consistent() throws SQLException {
    return ledger("SELECT consistent::text FROM tidemark.progress WHERE stream = ?")
        .map("true"::equals)
        .orElse(false);
  }

  /** Whether, after that, indexes and constraints have been built too. */
  public boolean finished() throws SQLException {
    return ledger("SELECT (consistent AND finished)::text FROM tidemark.progress WHERE stream = ?")
        .map("true"::equals)
        .orElse(false);
  }

  /** How many chunks the ledger has of tables that are still being copied. */
  public long chunks() throws SQLException {
    return ledger("SELECT count(*)::text FROM tidemark.chunk WHERE stream = ?")
        .map(Long::parseLong)
        .orElse(0L);
  }

  /** The log's position that the target has reached. */
  public Optional<String> position() throws SQLException {
    return ledger("SELECT position FROM tidemark.progress WHERE stream = ?");
  }

  /**
   * Everything the source has committed so far lies before this. What is not flushed is no commit
   * that anybody was told of, and may stay unflushed for seconds.
   */
  public String logEnd() throws SQLException {
    return atSource("SELECT pg_current_wal_flush_lsn()::text").orElseThrow();
  }

  /** Whether the target has everything that the source had written when {@code logEnd} was read. */
  public boolean reached(String logEnd) throws SQLException {
    Optional<String> position = position();
    if (position.isEmpty()) {
      return false;
    }
    return atSource("SELECT (?::pg_lsn >= ?::pg_lsn)::text", position.get(), logEnd)
        .orElseThrow()
        .equals("true");
  }

  /** The slot's confirmed position, restart position and whether somebody reads from it. */
  Optional<String> slot() throws SQLException {
    return atSource(
        "SELECT concat_ws(' ', confirmed_flush_lsn, restart_lsn, active, wal_status)"
            + " FROM pg_replication_slots WHERE slot_name = ?",
        "tidemark_" + pair.name());
  }

  /** Slots of the whole source server. */
  public List<String> slots() throws SQLException {
    return list(
        pair.source().connect(pair.name()), "SELECT slot_name::text FROM pg_replication_slots");
  }

  /** Transactions of this stream's sessions that are open, on both sides. */
  public List<String> openTransactions() throws SQLException {
    String sql =
        "SELECT application_name || ': ' || state || ': ' || left(query, 80) FROM pg_stat_activity"
            + " WHERE application_name LIKE 'tidemark:%' AND xact_start IS NOT NULL"
            + " AND backend_type = 'client backend'";
    List<String> open = new ArrayList<>(list(pair.source().connect(pair.name()), sql));
    open.addAll(list(pair.target().connect(pair.name()), sql));
    return open;
  }

  /** What a person would look at first. */
  public String describe() {
    try {
      return "ledger position %s, consistent %s, %d chunks; slot: %s; log end %s; open: %s"
          .formatted(
              position().orElse("none"),
              consistent(),
              chunks(),
              slot().orElse("none"),
              logEnd(),
              openTransactions());
    } catch (SQLException e) {
      return "the servers do not answer: " + e.getMessage();
    }
  }

  private Optional<String> ledger(String sql) throws SQLException {
    try (Connection connection = pair.target().connect(pair.name())) {
      return one(connection, LEDGER_IS_THERE).equals(Optional.of("t"))
          ? one(connection, sql, pair.name())
          : Optional.empty();
    }
  }

  private Optional<String> atSource(String sql, String... values) throws SQLException {
    try (Connection connection = pair.source().connect(pair.name())) {
      return one(connection, sql, values);
    }
  }

  private static Optional<String> one(Connection connection, String sql, String... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setString(i + 1, values[i]);
      }
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
      }
    }
  }

  private static List<String> list(Connection connection, String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (connection;
        ResultSet rows = connection.createStatement().executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }
}
