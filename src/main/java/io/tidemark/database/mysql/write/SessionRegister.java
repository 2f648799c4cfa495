package io.tidemark.database.mysql.write;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Remembers which connection of the target has which name, so that a newer epoch can end those of
 * an older one with no privilege but that of ending one's own connections.
 *
 * <p>The servers show a session's name only where the performance schema is on, and to few. So each
 * session takes a user-level lock of its own, which ends with it, and notes lock and name in the
 * ledger's database: whoever holds the lock now is the session of that name, and nobody else,
 * whichever connection numbers were used again after the server's restart.
 */
public final class SessionRegister {

  static final String CREATE_TABLE =
      "CREATE TABLE IF NOT EXISTS tidemark.session (lock_name VARCHAR(64) PRIMARY KEY,"
          + " session_name VARCHAR(255) NOT NULL)";

  /** Sessions whose names start so may have to be ended; views and checks end by themselves. */
  private static final String NAMED = "tidemark:";

  private static final int NO_SUCH_THREAD = 1094;

  private record Registered(String lock, long connection, String session) {}

  private SessionRegister() {}

  /**
   * Registers a connection, before it does anything else. Without a ledger there is no stream that
   * anybody could take over, and nothing is registered.
   *
   * @param connection in auto-commit mode
   */
  public static void register(Connection connection, String session) {
    if (!session.startsWith(NAMED)) {
      return;
    }
    MySqlQueries queries = new MySqlQueries(connection);
    String lock = "tidemark." + UUID.randomUUID();
    queries.one(
        "naming a session of the target", "SELECT GET_LOCK(?, 0)", row -> row.getInt(1), lock);
    try {
      queries.execute(
          "naming a session of the target",
          "INSERT INTO tidemark.session (lock_name, session_name) VALUES ("
              + Identifiers.literal(lock)
              + ", "
              + Identifiers.literal(session)
              + ")");
    } catch (DatabaseException e) {
      if (!MySqlErrors.is(e, MySqlErrors.NO_SUCH_TABLE)
          && !MySqlErrors.is(e, MySqlErrors.UNKNOWN_DATABASE)) {
        throw e;
      }
    }
  }

  /**
   * Ends the sessions whose name starts with {@code prefix}, but not with {@code keep}, and forgets
   * those that are gone.
   *
   * @param connection in auto-commit mode
   * @return how many were ended
   */
  public static int expel(Connection connection, String prefix, String keep) {
    MySqlQueries queries = new MySqlQueries(connection);
    List<Registered> found =
        registered(
            queries,
            " WHERE LEFT(session_name, CHAR_LENGTH(?)) = ?"
                + " AND LEFT(session_name, CHAR_LENGTH(?)) <> ?",
            prefix,
            prefix,
            keep,
            keep);
    int ended = 0;
    for (Registered session : found) {
      if (session.connection() == 0) {
        queries.execute(
            "forgetting a former session",
            "DELETE FROM tidemark.session WHERE lock_name = "
                + Identifiers.literal(session.lock()));
      } else if (kill(connection, session.connection())) {
        ended++;
      }
    }
    return ended;
  }

  /** How many sessions are open whose name starts with {@code prefix}. */
  public static int count(MySqlQueries queries, String prefix) {
    return open(queries, prefix).size();
  }

  /** The sessions that are open and whose name starts with {@code prefix}, by connection. */
  public static Map<Long, String> open(MySqlQueries queries, String prefix) {
    return registered(queries, " WHERE LEFT(session_name, CHAR_LENGTH(?)) = ?", prefix, prefix)
        .stream()
        .filter(session -> session.connection() != 0)
        .collect(
            Collectors.toMap(Registered::connection, Registered::session, (one, other) -> one));
  }

  /** None where there is no ledger. */
  private static List<Registered> registered(
      MySqlQueries queries, String condition, String... parameters) {
    try {
      return queries.list(
          "looking for the stream's sessions at the target",
          "SELECT lock_name, COALESCE(IS_USED_LOCK(lock_name), 0), session_name"
              + " FROM tidemark.session"
              + condition,
          row -> new Registered(row.getString(1), row.getLong(2), row.getString(3)),
          (Object[]) parameters);
    } catch (DatabaseException e) {
      if (MySqlErrors.is(e, MySqlErrors.NO_SUCH_TABLE)
          || MySqlErrors.is(e, MySqlErrors.UNKNOWN_DATABASE)) {
        return List.of();
      }
      throw e;
    }
  }

  private static boolean kill(Connection connection, long id) {
    try (var statement = connection.createStatement()) {
      statement.execute("KILL CONNECTION " + id);
      return true;
    } catch (SQLException e) {
      if (e.getErrorCode() == NO_SUCH_THREAD) {
        return false;
      }
      throw MySqlErrors.classify(
          "ending a former session of this stream at the target (connection "
              + id
              + "; an account may end its own connections, and with CONNECTION_ADMIN others')",
          e);
    }
  }
}
