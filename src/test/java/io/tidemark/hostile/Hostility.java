package io.tidemark.hostile;

import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.settings.ConnectionSpec;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/**
 * A server whose settings are hostile to all sessions that begin after it: each variable that its
 * own list has is set to something else than it was. Closing sets them back.
 */
interface Hostility extends AutoCloseable {

  /** Of two values that are not the usual one, which is taken. */
  enum Side {
    /** The least number, the first word, the other truth value. */
    FIRST,
    /** The greatest number, the last word, the other truth value. */
    LAST
  }

  /** Makes a server hostile to the sessions in one of its databases, or to all. */
  static Hostility of(TestServer server, String database, Side side) throws SQLException {
    return of(server, database, side, true);
  }

  /**
   * @param whole whether what only the server has a value of is hostile too
   */
  static Hostility of(TestServer server, String database, Side side, boolean whole)
      throws SQLException {
    return switch (server.vendor()) {
      case POSTGRES -> new PostgresHostility(server, database, side, whole);
      case MYSQL, MARIADB -> new MySqlHostility(server, database, side, whole);
    };
  }

  /** As whom the job connects, to whom everything is hostile. */
  ConnectionSpec spec();

  /** What was set for sessions, with its new value. */
  Map<String, String> applied();

  /** What was set that only the server has a value of, with its new value. */
  Map<String, String> ofTheServer();

  /** What was left as it was, with the reason. */
  Map<String, String> spared();

  @Override
  void close() throws SQLException;

  /** Which of the variables have another value in {@code now} than in {@code before}. */
  static Map<String, String> differences(Map<String, String> before, Map<String, String> now) {
    Map<String, String> different = new TreeMap<>();
    now.forEach(
        (name, value) -> {
          String was = before.get(name);
          if (was != null && !was.equals(value)) {
            different.put(name, was + " -> " + value);
          }
        });
    return different;
  }
}
