package io.tidemark.endtoend;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at a stream from outside: at its ledger and at the source's log.
 *
 * @param pair the databases; the stream has their name
 */
public record StreamWatch(TwoServers.Pair pair) {

  private static final String LEDGER_TABLES =
      "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'tidemark'"
          + " AND table_name IN ('progress', 'chunk', 'streamed')";

  /** Sessions of PostgreSQL whose names start so. */
  private static final String POSTGRES_SESSIONS =
      "SELECT application_name || ': ' || state || ': ' || left(query, 80) FROM pg_stat_activity"
          + " WHERE application_name LIKE ? AND backend_type = 'client backend'";

  private static final String MYSQL_SESSIONS =
      "SELECT CONCAT(a.attr_value, ': ', p.command, ': ', LEFT(COALESCE(p.info, ''), 80))"
          + " FROM performance_schema.session_connect_attrs AS a"
          + " JOIN information_schema.processlist AS p ON p.id = a.processlist_id"
          + " WHERE a.attr_name = 'program_name' AND a.attr_value LIKE ?";

  /** Whether the ledger says that the target is consistent. */
  public boolean consistent() throws SQLException {
    return progress("CASE WHEN consistent THEN 'yes' END").isPresent();
  }

  /** Whether, after that, indexes and constraints have been built too. */
  public boolean finished() throws SQLException {
    return progress("CASE WHEN consistent AND finished THEN 'yes' END").isPresent();
  }

  /** How many chunks the ledger has of tables that are still being copied. */
  public long chunks() throws SQLException {
    return ledger("SELECT count(*) FROM tidemark.chunk WHERE stream = ?")
        .map(Long::parseLong)
        .orElse(0L);
  }

  /** The newest copy cycle that has chunks in the ledger; 0 before the first. */
  public long cycle() throws SQLException {
    return ledger("SELECT max(cycle) FROM tidemark.chunk WHERE stream = ?")
        .map(Long::parseLong)
        .orElse(0L);
  }

  /** The epoch of the newest start; 0 before the first. */
  public long epoch() throws SQLException {
    return ledger("SELECT epoch FROM tidemark.stream WHERE name = ?")
        .map(Long::parseLong)
        .orElse(0L);
  }

  /** The log's position that the target has reached. */
  public Optional<String> position() throws SQLException {
    return progress("position");
  }

  /**
   * Everything the source has committed so far lies before this. What PostgreSQL has not flushed is
   * no commit that anybody was told of, and may stay unflushed for seconds.
   */
  public String logEnd() throws SQLException {
    return atSource(
            switch (pair.source().vendor()) {
              case POSTGRES -> "SELECT pg_current_wal_flush_lsn()::text";
              case MYSQL -> "SELECT REPLACE(@@global.gtid_executed, '\n', '')";
              case MARIADB -> "SELECT @@global.gtid_binlog_pos";
            })
        .orElseThrow();
  }

  /** Whether the target has everything that the source had written when {@code logEnd} was read. */
  public boolean reached(String logEnd) throws SQLException {
    Optional<String> position = position();
    if (position.isEmpty()) {
      return false;
    }
    // MySQL's and MariaDB's: in whose terms, the transactions, and where that is in the files.
    String transactions = position.get().replaceFirst("^\\w+:", "").replaceFirst("@.*", "");
    return switch (pair.source().vendor()) {
      case POSTGRES ->
          atSource("SELECT (?::pg_lsn >= ?::pg_lsn)::text", position.get(), logEnd)
              .orElseThrow()
              .equals("true");
      case MYSQL ->
          atSource("SELECT GTID_SUBSET(?, ?)", logEnd, transactions).orElseThrow().equals("1");
      case MARIADB -> {
        Map<String, Long> there = sequences(transactions);
        yield sequences(logEnd).entrySet().stream()
            .allMatch(domain -> there.getOrDefault(domain.getKey(), 0L) >= domain.getValue());
      }
    };
  }

  /** MariaDB's {@code domain-server-sequence} by domain. */
  private static Map<String, Long> sequences(String gtids) {
    Map<String, Long> sequences = new HashMap<>();
    for (String gtid : gtids.split(",", -1)) {
      String[] parts = gtid.split("-", -1);
      if (parts.length == 3) {
        sequences.merge(parts[0], Long.valueOf(parts[2]), Math::max);
      }
    }
    return sequences;
  }

  /** PostgreSQL: the slot's confirmed position, restart position and whether somebody reads it. */
  Optional<String> slot() throws SQLException {
    if (pair.source().vendor() != Vendor.POSTGRES) {
      return Optional.empty();
    }
    return atSource(
        "SELECT concat_ws(' ', confirmed_flush_lsn, restart_lsn, active, wal_status)"
            + " FROM pg_replication_slots WHERE slot_name = ?",
        "tidemark_" + pair.name());
  }

  /** Slots of the whole source server; other vendors than PostgreSQL have none. */
  public List<String> slots() throws SQLException {
    return pair.source().vendor() == Vendor.POSTGRES
        ? list(pair.source(), "SELECT slot_name::text FROM pg_replication_slots")
        : List.of();
  }

  /** Transactions of this stream's sessions that are open, on both sides. */
  public List<String> openTransactions() throws SQLException {
    List<String> open = new ArrayList<>();
    for (TestServer server : List.of(pair.source(), pair.target())) {
      if (server.vendor() != Vendor.POSTGRES) {
        // innodb_trx is made anew only if nobody has asked for it for 0.1 s: whoever polls faster
        // is
        // given for ever what was there at first.
        list(server, "SELECT SLEEP(0.15)");
      }
      open.addAll(
          list(
              server,
              server.vendor() == Vendor.POSTGRES
                  ? POSTGRES_SESSIONS + " AND xact_start IS NOT NULL"
                  : MYSQL_SESSIONS
                      + " AND EXISTS (SELECT 1 FROM information_schema.innodb_trx AS t"
                      + " WHERE t.trx_mysql_thread_id = p.id)",
              "tidemark:" + pair.name() + ":%"));
    }
    return open;
  }

  /** This stream's sessions, on both sides, those that read the log included. */
  public List<String> sessions() throws SQLException {
    List<String> found = new ArrayList<>();
    for (TestServer server : List.of(pair.source(), pair.target())) {
      found.addAll(sessions(server));
    }
    if (pair.source().vendor() != Vendor.POSTGRES) {
      found.addAll(
          list(
              pair.source(),
              "SELECT CONCAT(command, ' ', id) FROM information_schema.processlist"
                  + " WHERE command LIKE 'Binlog Dump%'"));
    } else {
      found.addAll(
          list(
              pair.source(),
              "SELECT 'walsender ' || active_pid FROM pg_replication_slots"
                  + " WHERE active AND slot_name = ?",
              "tidemark_" + pair.name()));
    }
    return found;
  }

  /** This stream's named sessions of former starts, on both sides. */
  public List<String> formerSessions() throws SQLException {
    long epoch = epoch();
    List<String> found = new ArrayList<>();
    for (TestServer server : List.of(pair.source(), pair.target())) {
      for (String session : sessions(server)) {
        String under = session.split(":", -1)[2];
        // One that claims the stream has no epoch yet.
        if (!under.startsWith("claim-") && Long.parseLong(under) < epoch) {
          found.add(session);
        }
      }
    }
    return found;
  }

  private List<String> sessions(TestServer server) throws SQLException {
    return list(
        server,
        server.vendor() == Vendor.POSTGRES ? POSTGRES_SESSIONS : MYSQL_SESSIONS,
        "tidemark:" + pair.name() + ":%");
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

  private Optional<String> progress(String expression) throws SQLException {
    return ledger("SELECT " + expression + " FROM tidemark.progress WHERE stream = ?");
  }

  private Optional<String> ledger(String sql) throws SQLException {
    try (Connection connection = pair.target().connect(pair.name())) {
      return one(connection, LEDGER_TABLES).equals(Optional.of("3"))
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
    try (PreparedStatement statement = prepare(connection, sql, values);
        ResultSet row = statement.executeQuery()) {
      return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
    }
  }

  private List<String> list(TestServer server, String sql, String... values) throws SQLException {
    List<String> found = new ArrayList<>();
    try (Connection connection = server.connect(pair.name());
        PreparedStatement statement = prepare(connection, sql, values);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        found.add(rows.getString(1));
      }
    }
    return found;
  }

  private static PreparedStatement prepare(Connection connection, String sql, String... values)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setString(i + 1, values[i]);
    }
    return statement;
  }
}
