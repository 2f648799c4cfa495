package io.tidemark.database.mysql.session;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What every session of ours is set to, each variable to a value: what the server calls its default
 * is its global value, which anybody may have set ("a value of DEFAULT … sets the session variable
 * to the current global value": MySQL manual, 15.7.6.1).
 *
 * <p>A variable is here if its value can change rows, the catalog's answers or what a statement
 * does; {@code HostileSettingsIT} tries all that a server has.
 */
final class SessionSettings {

  /** For a table that others keep locked; the servers wait for a day, or a year. */
  private static final int TABLE_LOCK_SECONDS = 3_600;

  private static final int ROW_LOCK_SECONDS = 50;

  private static final String NO_LIMIT = "18446744073709551615";

  /**
   * What a value may be that comes from another server: everything that its own strict mode took,
   * zero dates included. A backslash escapes, and a zero is no wish for a number.
   */
  private static final String SQL_MODE =
      "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,"
          + "ALLOW_INVALID_DATES,ERROR_FOR_DIVISION_BY_ZERO";

  private SessionSettings() {}

  /**
   * Statements that have to be the first ones of a session: what {@code init_connect} (MySQL
   * manual, 7.1.8) has begun or locked is ended, since nothing would be kept of what is written in
   * a transaction that is never committed; and the server is let answer the next statement whole.
   */
  static String first() {
    return "ROLLBACK AND NO CHAIN NO RELEASE; UNLOCK TABLES; SET SESSION sql_select_limit = "
        + NO_LIMIT;
  }

  /**
   * A query that a session's owner asks after {@link #statements}: what it yields has to be {@link
   * #PRESENT}, as no value sets the variable to that. With a time in it, a SELECT of a
   * system-versioned table yields the rows of that time (MariaDB documentation, "System-Versioned
   * Tables").
   */
  static final String WHICH_ROWS = "SELECT @@SESSION.system_versioning_asof";

  static final String PRESENT = "DEFAULT";

  /** Statements, separated by semicolons. */
  static String statements(ServerVersion server) {
    StringBuilder sql = new StringBuilder("SET NAMES utf8mb4 COLLATE ");
    sql.append(server.isMariaDb() ? "utf8mb4_general_ci" : "utf8mb4_0900_ai_ci");
    of(server)
        .forEach(
            (name, value) -> sql.append(", SESSION ").append(name).append(" = ").append(value));
    return sql.append("; SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE")
        .toString();
  }

  /** The variables and what they are set to, as SQL. */
  static Map<String, String> of(ServerVersion server) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("autocommit", "1");
    all.put("completion_type", "0");
    all.put("time_zone", "'+00:00'");
    all.put("sql_mode", "'" + SQL_MODE + "'");
    all.put("character_set_results", "utf8mb4");
    all.put("lc_messages", "'en_US'");
    all.put("lc_time_names", "'en_US'");
    // The one of the next two that is set last counts (MySQL manual, "max_join_size").
    all.put("max_join_size", NO_LIMIT);
    all.put("sql_big_selects", "1");
    all.put("sql_select_limit", NO_LIMIT);
    all.put("sql_safe_updates", "0");
    all.put("sql_auto_is_null", "0");
    all.put("sql_buffer_result", "0");
    all.put("sql_notes", "1");
    all.put("sql_quote_show_create", "1");
    all.put("group_concat_max_len", "1048576");
    // A key may have 3072 bytes, and its sort key some more; only so much of it is compared.
    all.put("max_sort_length", "8192");
    all.put("sort_buffer_size", "1048576");
    all.put("div_precision_increment", "4");
    all.put("default_week_format", "0");
    all.put("default_storage_engine", "InnoDB");
    all.put("foreign_key_checks", "1");
    all.put("unique_checks", "1");
    all.put("innodb_lock_wait_timeout", String.valueOf(ROW_LOCK_SECONDS));
    all.put("lock_wait_timeout", String.valueOf(TABLE_LOCK_SECONDS));
    all.put("wait_timeout", String.valueOf(MySqlSessions.PATIENCE_SECONDS));
    all.put("net_read_timeout", String.valueOf(MySqlSessions.PATIENCE_SECONDS));
    all.put("net_write_timeout", String.valueOf(MySqlSessions.PATIENCE_SECONDS));
    if (server.isMariaDb()) {
      mariaDb(all, server);
    } else {
      mySql(all, server);
    }
    return all;
  }

  private static void mariaDb(Map<String, String> all, ServerVersion server) {
    // MySQL lets few accounts set these (MySQL manual, 7.1.9.1), and nothing rests on them.
    all.put("character_set_filesystem", "binary");
    all.put("max_error_count", "64");
    all.put("low_priority_updates", "0");
    all.put("max_statement_time", "0");
    all.put("idle_transaction_timeout", "0");
    all.put("idle_readonly_transaction_timeout", "0");
    all.put("idle_write_transaction_timeout", "0");
    all.put("check_constraint_checks", "1");
    // The catalog's answers are such tables.
    all.put("tmp_disk_table_size", NO_LIMIT);
    // Otherwise an index that is to be used is a suggestion.
    all.put("old", "0");
    all.put("old_mode", server.isAtLeast(10, 6) ? "'UTF8_IS_UTF8MB3'" : "''");
    all.put("default_regex_flags", "''");
    all.put("in_predicate_conversion_threshold", "1000");
  }

  private static void mySql(Map<String, String> all, ServerVersion server) {
    all.put("max_execution_time", "0");
    // The statistics of tables as they are, not as they were a day ago.
    all.put("information_schema_stats_expiry", "0");
    // A server's own limit on long lists of keys makes it read the whole table instead.
    all.put("range_optimizer_max_mem_size", "0");
    if (server.isAtLeast(8, 0, 30)) {
      all.put("show_gipk_in_create_table_and_information_schema", "1");
    }
    if (server.isAtLeast(8, 0, 11)) {
      all.put("show_create_table_verbosity", "0");
    }
  }
}
