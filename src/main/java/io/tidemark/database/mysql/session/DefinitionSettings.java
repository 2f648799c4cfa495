package io.tidemark.database.mysql.session;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Lets a table be made as its definition says, and not as the server would have it: with {@code
 * explicit_defaults_for_timestamp} off, a TIMESTAMP that says nothing else sets itself to the
 * present time at each change of its row (MySQL manual, 7.1.8).
 *
 * <p>MySQL lets few accounts set these for a session (7.1.9.1), so that they are left alone where
 * they are as they have to be.
 */
public final class DefinitionSettings {

  private DefinitionSettings() {}

  /**
   * Sets a session that is going to make tables, keys or indexes.
   *
   * @throws DatabaseException fatal, if the server is set otherwise and the account may not change
   *     it: names the variable and the statement for it
   */
  public static void apply(MySqlQueries queries) {
    of(queries.version()).forEach((name, value) -> require(queries, name, value));
  }

  private static Map<String, String> of(ServerVersion server) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("explicit_defaults_for_timestamp", "1");
    all.put("innodb_strict_mode", "1");
    if (!server.isMariaDb()) {
      if (server.isAtLeast(8, 0, 13)) {
        all.put("sql_require_primary_key", "0");
      }
      if (server.isAtLeast(8, 0, 30)) {
        all.put("sql_generate_invisible_primary_key", "0");
      }
      if (server.isAtLeast(8, 4)) {
        all.put("restrict_fk_on_non_standard_key", "0");
      }
    }
    return all;
  }

  private static void require(MySqlQueries queries, String name, String value) {
    boolean same =
        queries.one(
            "asking for " + name,
            "SELECT @@SESSION." + name,
            row -> value.equals(row.getString(1)));
    if (same) {
      return;
    }
    try {
      queries.execute("setting " + name, "SET SESSION " + name + " = " + value);
    } catch (DatabaseException e) {
      if (e.kind() == Kind.RETRYABLE) {
        throw e;
      }
      throw new DatabaseException(
          Kind.FATAL,
          "the target's server would make other tables than the source's: it has "
              + name
              + " other than "
              + value
              + ", and this account may not set it for a session. Execute SET GLOBAL "
              + name
              + " = "
              + value
              + " there (where it cannot be set, put it into the server's option file), or at MySQL"
              + " GRANT SESSION_VARIABLES_ADMIN ON *.* to the account",
          e);
    }
  }
}
