package io.tidemark.hostile;

import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.settings.ConnectionSpec;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The global values of all variables, those that a session has a value of its own of and those that
 * are the server's alone, and what {@code init_connect} does to the sessions of whoever may not do
 * everything, as the job's account may not.
 */
final class MySqlHostility implements Hostility {

  /** The job's account, which may do what the documentation asks for. */
  static final String ACCOUNT = "hostile";

  /** What a session finds itself in, beside all variables: nothing that it does would be kept. */
  static final String INIT_CONNECT =
      "SET autocommit = 0, insert_id = 7, timestamp = 1; SET SESSION TRANSACTION READ ONLY;"
          + " START TRANSACTION READ WRITE";

  /** Words and texts that the lists do not give, for both sides. */
  private static final Map<String, List<String>> TEXTS = texts();

  private static final Map<String, String> SPARED = spare();

  /** Sizes beyond this ask for more memory than the machine has. */
  private static final BigDecimal GREATEST = BigDecimal.valueOf(64 << 20);

  private static Map<String, List<String>> texts() {
    Map<String, List<String>> all = new TreeMap<>();
    all.put("character_set_client", List.of("latin1", "big5"));
    all.put("character_set_connection", List.of("latin1", "utf16"));
    all.put("character_set_filesystem", List.of("latin1", "utf16"));
    all.put("character_set_results", List.of("latin1", "utf16"));
    all.put("character_set_server", List.of("latin1", "utf16"));
    all.put("collation_connection", List.of("latin1_german2_ci", "utf16_bin"));
    all.put("collation_server", List.of("latin1_german2_ci", "utf16_bin"));
    all.put("completion_type", List.of("CHAIN", "RELEASE"));
    all.put("default_storage_engine", List.of("MyISAM", "MEMORY"));
    all.put("default_tmp_storage_engine", List.of("MyISAM", "MEMORY"));
    all.put("default_collation_for_utf8mb4", List.of("utf8mb4_general_ci", "utf8mb4_general_ci"));
    all.put("block_encryption_mode", List.of("aes-256-cbc", "aes-256-ofb"));
    all.put("explain_format", List.of("JSON", "TRADITIONAL"));
    all.put("internal_tmp_mem_storage_engine", List.of("MEMORY", "MEMORY"));
    all.put("lc_messages", List.of("de_DE", "ja_JP"));
    all.put("lc_time_names", List.of("de_DE", "ja_JP"));
    all.put("myisam_stats_method", List.of("nulls_equal", "nulls_ignored"));
    all.put("rbr_exec_mode", List.of("IDEMPOTENT", "IDEMPOTENT"));
    all.put("session_track_gtids", List.of("OWN_GTID", "ALL_GTIDS"));
    all.put("session_track_system_variables", List.of("*", ""));
    all.put("session_track_transaction_info", List.of("STATE", "CHARACTERISTICS"));
    // Whatever else is a mode of its own, or the oldest there were.
    all.put("sql_mode", List.of("ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH", ""));
    all.put("old_mode", List.of("NO_PROGRESS_INFO,ZERO_DATE_TIME_CAST", ""));
    all.put("terminology_use_previous", List.of("BEFORE_8_0_26", "BEFORE_8_2_0"));
    all.put("time_zone", List.of("-11:30", "+13:00"));
    all.put("transaction_isolation", List.of("READ-UNCOMMITTED", "SERIALIZABLE"));
    all.put("updatable_views_with_limit", List.of("0", "0"));
    all.put("optimizer_trace", List.of("enabled=on", "enabled=on"));
    all.put("optimizer_trace_features", List.of("greedy_search=off", "range_optimizer=off"));
    all.put("default_regex_flags", List.of("EXTENDED", "DOTALL,MULTILINE,UNGREEDY"));
    all.put("log_disabled_statements", List.of("", "slave"));
    all.put("log_slow_disabled_statements", List.of("", "admin"));
    all.put("log_slow_filter", List.of("", "admin"));
    all.put("log_slow_verbosity", List.of("innodb", "full"));
    all.put("note_verbosity", List.of("", "unusable_keys"));
    all.put("optimizer_adjust_secondary_key_costs", List.of("", "fix_card_multiplier"));
    // Too little for anything that a job does, and enough for the driver to begin.
    all.put("max_execution_time", List.of("150", "4294967295"));
    all.put("max_statement_time", List.of("0.15", "31536000"));
    all.put("wait_timeout", List.of("1", "31536000"));
    all.put("sql_select_limit", List.of("1", "3"));
    all.put("max_join_size", List.of("1", "2"));
    // The test's own looks at the catalog need some of it.
    all.put("tmp_disk_table_size", List.of("4194304", "8388608"));
    all.put("gtid_domain_id", List.of("0", "0"));
    return all;
  }

  private static Map<String, String> spare() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("binlog_format", "a source so set is refused by check, a target does not care");
    all.put("binlog_row_image", "a source so set is refused by check, a target does not care");
    all.put("binlog_row_value_options", "is told by check; SourceChecksIT");
    all.put("character_set_database", "of the current database, whatever it is set to");
    all.put("collation_database", "of the current database, whatever it is set to");
    all.put("enforce_storage_engine", "any but InnoDB makes each CREATE TABLE an error");
    all.put("max_allowed_packet", "FIRST does not hold a statement; told by check");
    all.put("max_session_mem_used", "FIRST ends each session that needs memory");
    all.put("connection_memory_limit", "FIRST ends each session that needs memory");
    all.put("parser_max_mem_size", "FIRST makes long statements an error");
    all.put("max_user_connections", "nobody could connect");
    all.put("server_id", "names the server in its log");
    all.put("system_versioning_asof", "a server so set is refused");
    all.put("sql_slave_skip_counter", "of replicas");
    all.put("storage_engine", "the old name of another one");
    all.put("gtid_owned", "only shows something");
    all.put("sql_log_bin", "cannot be set for all");
    all.put("default_table_encryption", "there is no keyring here");
    all.put("tmpdir", "is a place on the disk");
    all.put("innodb_tmpdir", "is a place on the disk");
    all.put("innodb_ft_user_stopword_table", "names a table that has to be there");
    all.put("external_table_secondary_storage_engine", "there is no such engine here");
    all.put("external_table_storage_engine", "there is no such engine here");
    all.put("query_cache_type", "cannot be set where the server began without a cache");
    all.put("group_replication_consistency", "there is no group here");
    all.put("optimizer_switch", "plans without any of their ways take hours; rows are the same");
    return all;
  }

  /** Whether a session has a value of its own is {@code own}. */
  private record Variable(
      String name, String value, String least, String greatest, String words, boolean own) {}

  private final ConnectionSpec spec;
  private final Side side;
  private final Connection connection;
  private final Map<String, String> applied = new TreeMap<>();
  private final Map<String, String> ofTheServer = new TreeMap<>();
  private final Map<String, String> spared = new TreeMap<>();
  private final Map<String, String> before = new LinkedHashMap<>();

  MySqlHostility(TestServer server, String database, Side side, boolean whole) throws SQLException {
    this.spec =
        whole
            ? new ConnectionSpec(server.spec(database).url(), ACCOUNT, ACCOUNT)
            : server.spec(database);
    this.side = side;
    this.connection = server.connect("");
    boolean done = false;
    try (Statement statement = connection.createStatement()) {
      account(statement, database);
      for (Variable each : variables(statement, server.vendor())) {
        if (SPARED.containsKey(each.name()) || each.name().startsWith("wsrep_")) {
          spared.put(each.name(), SPARED.getOrDefault(each.name(), "there is no cluster here"));
        } else if (each.own()) {
          set(statement, each);
        } else if (whole) {
          setForTheServer(statement, each);
        }
      }
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  private static void account(Statement statement, String database) throws SQLException {
    String who = " TO '" + ACCOUNT + "'@'%'";
    for (String sql :
        List.of(
            "CREATE USER IF NOT EXISTS '" + ACCOUNT + "'@'%' IDENTIFIED BY '" + ACCOUNT + "'",
            "GRANT REPLICATION SLAVE, REPLICATION CLIENT, PROCESS ON *.*" + who,
            "GRANT ALL ON " + database + ".*" + who,
            "GRANT ALL ON tidemark.*" + who)) {
      statement.execute(sql);
    }
  }

  private static List<Variable> variables(Statement statement, Vendor vendor) throws SQLException {
    String sql =
        vendor == Vendor.MARIADB
            ? "SELECT variable_name, global_value, numeric_min_value, numeric_max_value,"
                + " enum_value_list, variable_scope = 'SESSION'"
                + " FROM information_schema.system_variables WHERE variable_scope IN"
                + " ('SESSION', 'GLOBAL') AND read_only = 'NO' ORDER BY variable_name"
            : "SELECT g.variable_name, g.variable_value, i.min_value, i.max_value, NULL,"
                + " m.variable_scope = 'SESSION' FROM performance_schema.global_variables AS g"
                + " JOIN performance_schema.variables_info AS i USING (variable_name)"
                + " JOIN performance_schema.variables_metadata AS m USING (variable_name)"
                + " WHERE m.variable_scope IN ('SESSION', 'GLOBAL') ORDER BY g.variable_name";
    List<Variable> all = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        all.add(
            new Variable(
                rows.getString(1).toLowerCase(Locale.ROOT),
                rows.getString(2),
                rows.getString(3),
                rows.getString(4),
                rows.getString(5),
                rows.getBoolean(6)));
      }
    }
    return all;
  }

  private void set(Statement statement, Variable variable) throws SQLException {
    String value = value(variable);
    try {
      statement.execute("SET GLOBAL " + variable.name() + " = " + literal(value));
    } catch (SQLException e) {
      // 1238: read-only, or only of a session; 1228, 1229: only of a session, or only global.
      if (e.getErrorCode() == 1238 || e.getErrorCode() == 1228) {
        spared.put(variable.name(), "the server does not let it be set for all");
        return;
      }
      throw new SQLException(variable.name() + " = " + value, e);
    }
    before.put(variable.name(), variable.value());
    applied.put(variable.name(), value);
  }

  /** One that no session has: what the server does not take it cannot be set to either. */
  private void setForTheServer(Statement statement, Variable variable) throws SQLException {
    String name = variable.name();
    Optional<String> reason = ServerVariables.reasonToSpare(name);
    if (reason.isPresent()) {
      spared.put(name, reason.get());
      return;
    }
    Optional<String> given = ServerVariables.value(name, side);
    try {
      // Whether it may be changed at all is not in MySQL's lists.
      statement.execute("SET GLOBAL " + name + " = " + literal(variable.value()));
      String value = given.isPresent() ? given.get() : value(variable);
      statement.execute("SET GLOBAL " + name + " = " + literal(value));
      before.put(name, variable.value());
      ofTheServer.put(name, value);
    } catch (SQLException e) {
      spared.put(name, "the server refuses it: " + e.getMessage());
    }
  }

  private String value(Variable variable) {
    String name = variable.name();
    if (TEXTS.containsKey(name)) {
      return TEXTS.get(name).get(side.ordinal());
    }
    if (List.of("ON", "OFF").contains(variable.value())) {
      return variable.value().equals("ON") ? "OFF" : "ON";
    }
    if (variable.words() != null) {
      List<String> others =
          Arrays.stream(variable.words().split(","))
              .filter(word -> !word.equalsIgnoreCase(variable.value()))
              .toList();
      return side == Side.FIRST ? others.get(0) : others.get(others.size() - 1);
    }
    if (variable.greatest() != null && !variable.greatest().equals("0")) {
      return side == Side.FIRST ? variable.least() : greatest(name, variable.greatest());
    }
    throw new AssertionError(name + " is new: give it two values here, or a reason to be spared");
  }

  private static String greatest(String name, String value) {
    boolean size = name.contains("size") || name.contains("mem") || name.contains("buff");
    BigDecimal number = new BigDecimal(value);
    return size && number.compareTo(GREATEST) > 0 ? GREATEST.toPlainString() : value;
  }

  private static String literal(String value) {
    return value == null
        ? "NULL"
        : value.matches("-?[0-9.]+") ? value : "'" + value.replace("'", "''") + "'";
  }

  @Override
  public ConnectionSpec spec() {
    return spec;
  }

  @Override
  public Map<String, String> applied() {
    return applied;
  }

  @Override
  public Map<String, String> ofTheServer() {
    return ofTheServer;
  }

  @Override
  public Map<String, String> spared() {
    return spared;
  }

  @Override
  public void close() throws SQLException {
    try (connection;
        Statement statement = connection.createStatement()) {
      for (Map.Entry<String, String> each : before.entrySet()) {
        // What shows as an empty text may have been NULL, which an engine's name cannot be set to.
        statement.execute(
            "SET GLOBAL "
                + each.getKey()
                + " = "
                + (each.getValue() == null || each.getValue().isEmpty()
                    ? "DEFAULT"
                    : literal(each.getValue())));
      }
    }
  }
}
