package io.tidemark.database.mysql.write;

import io.tidemark.database.mysql.session.Flavour;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.ServerVersion;
import java.sql.Connection;

/**
 * What the writers have to know of the target's server.
 *
 * @param localInfile whether it takes LOAD DATA from the client
 * @param maxPacket the longest statement that it takes, in bytes
 */
public record TargetServer(ServerVersion version, boolean localInfile, long maxPacket) {

  /** Long enough that the parts of a statement beside its rows do not count. */
  private static final int GOOD_STATEMENT = 1 << 20;

  /** Asks the target; the connection is borrowed. */
  public static TargetServer read(Connection connection) {
    MySqlQueries queries = new MySqlQueries(connection);
    return queries.one(
        "asking for the settings of the target",
        "SELECT VERSION(), @@GLOBAL.local_infile, @@SESSION.max_allowed_packet",
        row ->
            new TargetServer(
                ServerVersion.parse(row.getString(1)), row.getInt(2) == 1, row.getLong(3)));
  }

  /** Which of the two servers it is. */
  public Flavour flavour() {
    return version.flavour();
  }

  /**
   * At how many bytes a statement of many rows is sent. A single row may be longer, up to what the
   * server takes; so that a row joins others only while there is room for many like it.
   */
  int statementBytes() {
    return (int) Math.min(GOOD_STATEMENT, maxPacket / 4);
  }
}
