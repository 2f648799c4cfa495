package io.tidemark.hostile;

import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a role and a database can be set to (PostgreSQL manual, 19.1.3): by turns, one variable for
 * the database and the next one for a role in it, as which the job connects; and what only the
 * server has a value of, as far as it takes another one while it runs.
 */
final class PostgresHostility implements Hostility {

  /** The job's role. The test's own sessions have another one, and are older. */
  static final String ROLE = "hostile";

  /** Words and texts that the list does not give, for both sides. */
  private static final Map<String, List<String>> TEXTS =
      Map.ofEntries(
          Map.entry("DateStyle", List.of("SQL, DMY", "German, YMD")),
          Map.entry("TimeZone", List.of("Asia/Kathmandu", "America/St_Johns")),
          Map.entry("client_encoding", List.of("LATIN1", "SJIS")),
          Map.entry("lc_messages", List.of("POSIX", "C")),
          Map.entry("lc_monetary", List.of("POSIX", "C")),
          Map.entry("lc_numeric", List.of("POSIX", "C")),
          Map.entry("lc_time", List.of("POSIX", "C")),
          Map.entry("search_path", List.of("trap, public", "pg_temp, trap")),
          Map.entry("timezone_abbreviations", List.of("Australia", "India")),
          Map.entry(
              "default_text_search_config", List.of("pg_catalog.simple", "pg_catalog.german")),
          Map.entry("createrole_self_grant", List.of("set", "inherit")),
          Map.entry("wal_consistency_checking", List.of("heap", "all")),
          Map.entry("restrict_nonsystem_relation_kind", List.of("foreign-table", "view")),
          Map.entry("backtrace_functions", List.of("errstart", "exec_simple_query")),
          // Long enough for the driver to prepare a session on a busy machine, and for nothing
          // that a job does.
          Map.entry("statement_timeout", List.of("300", "2147483647")),
          Map.entry("transaction_timeout", List.of("300", "2147483647")),
          Map.entry("idle_session_timeout", List.of("300", "2147483647")),
          Map.entry("idle_in_transaction_session_timeout", List.of("300", "2147483647")),
          Map.entry("lock_timeout", List.of("1", "2147483647")),
          Map.entry("wal_sender_timeout", List.of("0", "2147483647")));

  private static final Map<String, String> SPARED =
      Map.ofEntries(
          Map.entry("application_name", "the name of a session is the job's"),
          Map.entry("default_tablespace", "where tables lie is the owner's to say"),
          Map.entry("temp_tablespaces", "where temporary files lie is the owner's to say"),
          Map.entry("session_preload_libraries", "there is no library to load"),
          Map.entry("local_preload_libraries", "there is no library to load"),
          Map.entry("dynamic_library_path", "pgoutput would not be found"),
          Map.entry("default_table_access_method", "there is but one"),
          Map.entry("default_toast_compression", "there may be but one"),
          Map.entry("temp_file_limit", "FIRST leaves no room to sort, which is an error"),
          Map.entry("transaction_isolation", "of one transaction; there is a default_ for it"),
          Map.entry("transaction_read_only", "of one transaction; there is a default_ for it"),
          Map.entry("transaction_deferrable", "of one transaction; there is a default_ for it"),
          Map.entry("max_stack_depth", "is checked against the kernel's limit"),
          Map.entry("ignore_checksum_failure", "a source so set is set back, or refused"),
          Map.entry("debug_discard_caches", "exists in debugging builds only"),
          Map.entry("track_activities", "a job that cannot see sessions is refused"));

  /** Of those that only the server has a value of: patterns of names. */
  private static final Map<String, String> SPARED_FOR_THE_SERVER =
      Map.ofEntries(
          Map.entry("ssl\\w*|krb_\\w+|gss_\\w+", "who may log in, and with which certificate"),
          Map.entry("authentication_timeout|pre_auth_delay", "nobody could log in in time"),
          Map.entry("archive_\\w+|\\w+_command", "a program that has to be there"),
          Map.entry(
              "primary_\\w+|recovery_\\w+|hot_standby\\w*|wal_receiver_\\w+|wal_retrieve_\\w+"
                  + "|max_standby_\\w+|sync_replication_slots",
              "of standbys"),
          Map.entry(
              "synchronized_standby_slots|synchronous_standby_names",
              "lets commits wait for standbys that are not there; DeliveredUnseenIT"),
          Map.entry("log_\\w+|syslog_\\w+", "where the server's own words go"),
          Map.entry("allow_alter_system", "it could not be set back"),
          Map.entry(
              "send_abort_for_\\w+|restart_after_crash|remove_temp_\\w+", "after crashes only"),
          Map.entry("fsync|wal_sync_method", "what outlasts a crash of the machine"),
          Map.entry(
              "(max|min)_wal_size", "less than two segments is refused, more fills the disk"));

  private static final Map<String, List<String>> TEXTS_FOR_THE_SERVER =
      Map.of("max_slot_wal_keep_size", List.of("1024", "65536"));

  /** Numbers of pages and kilobytes beyond this ask for more memory than the machine has. */
  private static final double GREATEST = 1 << 16;

  private final TestServer server;
  private final String database;
  private final Side side;
  private final Map<String, String> applied = new TreeMap<>();
  private final Map<String, String> ofTheServer = new TreeMap<>();
  private final Map<String, String> spared = new TreeMap<>();

  PostgresHostility(TestServer server, String database, Side side, boolean whole)
      throws SQLException {
    this.server = server;
    this.database = database;
    this.side = side;
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'hostile') THEN CREATE"
              + " ROLE hostile SUPERUSER REPLICATION LOGIN PASSWORD 'hostile'; END IF; END $$");
      for (String[] each : variables(statement)) {
        set(statement, each[0], each[1]);
      }
      for (String[] each : whole ? variablesOfTheServer(statement) : List.<String[]>of()) {
        statement.execute("ALTER SYSTEM SET " + each[0] + " = '" + each[1] + "'");
        ofTheServer.put(each[0], each[1]);
      }
      statement.execute("SELECT pg_reload_conf()");
    }
  }

  private List<String[]> variablesOfTheServer(Statement statement) throws SQLException {
    List<String[]> all = new ArrayList<>();
    try (ResultSet rows =
        statement.executeQuery(
            "SELECT name, setting, vartype, min_val, max_val, enumvals FROM pg_settings"
                + " WHERE name NOT LIKE '%.%' AND context = 'sighup' ORDER BY name")) {
      while (rows.next()) {
        String name = rows.getString(1);
        Optional<String> reason =
            SPARED_FOR_THE_SERVER.entrySet().stream()
                .filter(each -> name.matches(each.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
        if (reason.isPresent()) {
          spared.put(name, reason.get());
        } else {
          List<String> given = TEXTS_FOR_THE_SERVER.get(name);
          all.add(new String[] {name, given == null ? value(rows) : given.get(side.ordinal())});
        }
      }
    }
    return all;
  }

  private List<String[]> variables(Statement statement) throws SQLException {
    List<String[]> all = new ArrayList<>();
    try (ResultSet rows =
        statement.executeQuery(
            "SELECT name, setting, vartype, min_val, max_val, enumvals FROM pg_settings"
                // A name with a dot is an extension's.
                + " WHERE name NOT LIKE '%.%' AND context IN ('user', 'superuser')"
                + " ORDER BY name")) {
      while (rows.next()) {
        String name = rows.getString(1);
        if (SPARED.containsKey(name)) {
          spared.put(name, SPARED.get(name));
          continue;
        }
        all.add(new String[] {name, value(rows)});
      }
    }
    return all;
  }

  private String value(ResultSet row) throws SQLException {
    String name = row.getString(1);
    String now = row.getString(2);
    if (TEXTS.containsKey(name)) {
      return TEXTS.get(name).get(side.ordinal());
    }
    return switch (row.getString(3)) {
      case "bool" -> now.equals("on") ? "off" : "on";
      case "enum" -> {
        List<String> others =
            Arrays.stream((String[]) row.getArray(6).getArray())
                .filter(word -> !word.equals(now))
                .toList();
        yield side == Side.FIRST ? others.get(0) : others.get(others.size() - 1);
      }
      case "integer", "real" ->
          side == Side.FIRST
              ? row.getString(4)
              : Double.parseDouble(row.getString(5)) > GREATEST
                  ? String.valueOf((long) GREATEST)
                  : row.getString(5);
      default ->
          throw new AssertionError(
              name + " is new: give it two values here, or a reason to be spared");
    };
  }

  private void set(Statement statement, String name, String value) throws SQLException {
    String whose =
        applied.size() % 2 == 0
            ? "ALTER DATABASE " + database
            : "ALTER ROLE " + ROLE + " IN DATABASE " + database;
    // A list is given as such.
    String literal = name.equals("search_path") ? value : "'" + value.replace("'", "''") + "'";
    statement.execute(whose + " SET \"" + name + "\" = " + literal);
    applied.put(name, value);
  }

  @Override
  public ConnectionSpec spec() {
    return new ConnectionSpec(server.spec(database).url(), ROLE, ROLE);
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
    server.execute(
        "postgres",
        "ALTER SYSTEM RESET ALL",
        "SELECT pg_reload_conf()",
        "ALTER DATABASE " + database + " RESET ALL",
        "ALTER ROLE " + ROLE + " IN DATABASE " + database + " RESET ALL");
  }
}
