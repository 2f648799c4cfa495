package io.tidemark.database.postgres.check;

import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.SqlAscii;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.shared.Findings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Whether the source's server and role let a job read its log and its tables. */
final class SourceServerChecks {

  private static final String SERVER =
      """
      SELECT pg_catalog.pg_is_in_recovery() AS standby,
             pg_catalog.current_setting('wal_level') AS wal_level,
             pg_catalog.current_setting('max_replication_slots')::int
               - (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots) AS free_slots,
             pg_catalog.current_setting('max_replication_slots') AS slots,
             pg_catalog.current_setting('max_wal_senders')::int
               - (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication) AS free_senders,
             pg_catalog.current_setting('max_wal_senders') AS senders,
             pg_catalog.current_setting('max_slot_wal_keep_size') AS kept_wal,
             (SELECT s.setting FROM pg_catalog.pg_settings AS s
              WHERE s.name = 'max_slot_wal_keep_size') AS kept_wal_mb,
             (SELECT s.setting FROM pg_catalog.pg_settings AS s
              WHERE s.name = 'idle_replication_slot_timeout') AS idle_slot_timeout,
             r.rolsuper,
             r.rolsuper OR r.rolreplication
               OR EXISTS (SELECT FROM pg_catalog.pg_roles AS g
                          WHERE g.rolname = 'rds_replication'
                            AND pg_catalog.pg_has_role(g.oid, 'MEMBER')) AS replication,
             r.rolname, pg_catalog.current_database() AS database,
             pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
               AS may_create
      FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user
      """;

  private static final String SLOT =
      """
      SELECT s.active, coalesce(s.active_pid, 0) AS active_pid, s.wal_status,
             coalesce(s.database, '') AS database, coalesce(s.plugin, '') AS plugin,
             s.database IS NOT DISTINCT FROM pg_catalog.current_database() AS here
      FROM pg_catalog.pg_replication_slots AS s WHERE s.slot_name = ?
      """;

  private static final String PUBLICATION =
      """
      SELECT pg_catalog.pg_has_role(p.pubowner, 'USAGE') AS mine,
             pg_catalog.pg_get_userbyid(p.pubowner) AS owner
      FROM pg_catalog.pg_publication AS p WHERE p.pubname = ?
      """;

  /** What of the server the check of the tables needs to know. */
  record Role(String name, boolean superuser) {}

  private record Server(
      boolean standby,
      String walLevel,
      int freeSlots,
      String slots,
      int freeSenders,
      String senders,
      String keptWal,
      boolean keepsAllWal,
      String idleSlotTimeout,
      Role role,
      boolean replication,
      String database,
      boolean mayCreate) {}

  private record Slot(
      boolean active, long pid, String walStatus, String database, String plugin, boolean here) {}

  private record Publication(boolean mine, String owner) {}

  private final Connection connection;
  private final String name;
  private final boolean makesPublication;
  private final boolean streamKnown;
  private final Findings findings;

  SourceServerChecks(
      Connection connection, StreamSource source, boolean streamKnown, Findings findings) {
    this.connection = connection;
    this.name = source.slotName();
    this.makesPublication = !source.isPublicationGiven();
    this.streamKnown = streamKnown;
    this.findings = findings;
  }

  private void encoding() throws SQLException {
    if (SqlAscii.isEncodingOf(connection)) {
      findings.warning(
          Findings.SOURCE,
          "the database's encoding is SQL_ASCII, so that nobody knows what its bytes above 127 mean:"
              + " text that is UTF-8 is copied byte for byte, and the first that is not stops the job,"
              + " with its table, key and column",
          "nothing if all text is ASCII or UTF-8. Other text has to be converted first, column by"
              + " column; where it is, for example, LATIN1: UPDATE … SET c = convert_from(convert("
              + "convert_to(c, 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'SQL_ASCII') WHERE …");
    }
  }

  Role check() throws SQLException {
    Server server =
        CatalogQuery.first(connection, SERVER, SourceServerChecks::server).orElseThrow();
    log(server);
    role(server);
    boolean slotThere = slot();
    if (!slotThere && server.freeSlots() < 1) {
      findings.error(
          Findings.SOURCE,
          "all replication slots are in use (max_replication_slots = " + server.slots() + ")",
          "drop a slot that nobody needs, or: ALTER SYSTEM SET max_replication_slots = "
              + (Integer.parseInt(server.slots()) + 4)
              + "; and restart the server");
    }
    if (server.freeSenders() < 1) {
      findings.error(
          Findings.SOURCE,
          "all walsenders are in use (max_wal_senders = " + server.senders() + ")",
          "ALTER SYSTEM SET max_wal_senders = "
              + (Integer.parseInt(server.senders()) + 4)
              + "; and restart the server");
    }
    if (makesPublication) {
      publication(server);
    }
    retention(server);
    encoding();
    return server.role();
  }

  private void log(Server server) {
    if (server.standby()) {
      findings.error(
          Findings.SOURCE,
          "the server is a standby (it is in recovery): a publication cannot be made there",
          "let source.url name the primary");
    }
    if (!server.walLevel().equals("logical")) {
      findings.error(
          Findings.SOURCE,
          "wal_level is " + server.walLevel() + ", so that the log does not tell of rows",
          "ALTER SYSTEM SET wal_level = 'logical'; and restart the server");
    }
  }

  private void role(Server server) {
    String role = Identifiers.quote(server.role().name());
    if (!server.replication()) {
      findings.error(
          Findings.SOURCE,
          "role " + server.role().name() + " may not read the log (it lacks REPLICATION)",
          "ALTER ROLE " + role + " REPLICATION");
    }
  }

  /** Returns whether the stream's slot is there. */
  private boolean slot() throws SQLException {
    Slot slot =
        CatalogQuery.first(
                connection,
                SLOT,
                row ->
                    new Slot(
                        row.getBoolean("active"),
                        row.getLong("active_pid"),
                        String.valueOf(row.getString("wal_status")),
                        row.getString("database"),
                        row.getString("plugin"),
                        row.getBoolean("here")),
                name)
            .orElse(null);
    String drop = "SELECT pg_drop_replication_slot(" + Identifiers.literal(name) + ")";
    if (slot == null) {
      if (streamKnown) {
        findings.error(
            Findings.SOURCE,
            "replication slot " + name + " is gone: the log that the stream needs next is not kept",
            "start over: ./tidemark drop JOB removes what is left of the stream");
      }
      return false;
    }
    if (!slot.here() || !slot.plugin().equals("pgoutput")) {
      findings.error(
          Findings.SOURCE,
          "replication slot "
              + name
              + " belongs to something else (database "
              + slot.database()
              + ", plugin "
              + slot.plugin()
              + ")",
          "give the job another name; or, if the slot is nobody's, connected to database "
              + slot.database()
              + " as the slot is: "
              + drop);
    } else if (slot.walStatus().equals("lost")) {
      findings.error(
          Findings.SOURCE,
          "replication slot " + name + " is lost: log that it needs has been removed",
          "start over: ./tidemark drop JOB removes what is left of the stream");
    } else if (slot.active() && !streamKnown) {
      findings.error(
          Findings.SOURCE,
          "replication slot "
              + name
              + " is read by process "
              + slot.pid()
              + ", and the target knows nothing of that stream",
          "stop the job of the same name that copies to another target, or give this one another"
              + " name");
    } else if (slot.active()) {
      findings.warning(
          Findings.SOURCE,
          "replication slot "
              + name
              + " is read by process "
              + slot.pid()
              + ": a job of this name is running and will be replaced",
          "stop the other one if that is not wanted");
    } else if (!streamKnown) {
      findings.error(
          Findings.SOURCE,
          "replication slot "
              + name
              + " is there, but the target knows nothing of the stream: it may belong to one of the"
              + " same name into another target",
          "give the job another name; or, if the slot is nobody's: " + drop);
    }
    return true;
  }

  private void publication(Server server) throws SQLException {
    Publication publication =
        CatalogQuery.first(
                connection,
                PUBLICATION,
                row -> new Publication(row.getBoolean("mine"), row.getString("owner")),
                name)
            .orElse(null);
    String role = Identifiers.quote(server.role().name());
    if (publication != null && !publication.mine() && !server.role().superuser()) {
      findings.error(
          Findings.SOURCE,
          "publication " + name + " belongs to role " + publication.owner(),
          "ALTER PUBLICATION " + Identifiers.quote(name) + " OWNER TO " + role);
    }
    if (!server.mayCreate()) {
      findings.error(
          Findings.SOURCE,
          "role "
              + server.role().name()
              + " may not make a publication in database "
              + server.database()
              + " (it lacks CREATE)",
          "GRANT CREATE ON DATABASE " + Identifiers.quote(server.database()) + " TO " + role);
    }
  }

  private void retention(Server server) {
    if (!server.keepsAllWal()) {
      findings.warning(
          Findings.SOURCE,
          "the server keeps at most max_slot_wal_keep_size = "
              + server.keptWal()
              + " of log for a slot; a job that is stopped or behind for longer is lost",
          "make sure that it is more than the log of two copy cycles and of the longest stop, or:"
              + " ALTER SYSTEM SET max_slot_wal_keep_size = -1; SELECT pg_reload_conf()");
    }
    if (server.idleSlotTimeout() != null && !server.idleSlotTimeout().equals("0")) {
      findings.warning(
          Findings.SOURCE,
          "the server invalidates slots that nobody reads for idle_replication_slot_timeout = "
              + server.idleSlotTimeout()
              + " s",
          "ALTER SYSTEM SET idle_replication_slot_timeout = 0; SELECT pg_reload_conf()");
    }
  }

  private static Server server(ResultSet row) throws SQLException {
    return new Server(
        row.getBoolean("standby"),
        row.getString("wal_level"),
        row.getInt("free_slots"),
        row.getString("slots"),
        row.getInt("free_senders"),
        row.getString("senders"),
        row.getString("kept_wal"),
        row.getString("kept_wal_mb").equals("-1"),
        row.getString("idle_slot_timeout"),
        new Role(row.getString("rolname"), row.getBoolean("rolsuper")),
        row.getBoolean("replication"),
        row.getString("database"),
        row.getBoolean("may_create"));
  }
}
