package io.tidemark.database.postgres.check;

import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.database.postgres.session.SqlAscii;
import io.tidemark.database.postgres.session.StreamTarget;
import io.tidemark.database.shared.Findings;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What depends on both databases: which they are, how they encode and sort, how many sessions. */
final class PairChecks {

  private static final String DATABASE =
      """
      SELECT (SELECT c.system_identifier FROM pg_catalog.pg_control_system() AS c)::text AS cluster,
             d.datname, pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
             pg_catalog.concat_ws(' ', pg_catalog.to_jsonb(d) ->> 'datlocprovider', d.datcollate,
                 d.datctype, pg_catalog.to_jsonb(d) ->> 'datlocale',
                 pg_catalog.to_jsonb(d) ->> 'daticulocale') AS locale,
             coalesce(pg_catalog.to_jsonb(d) ->> 'datcollversion', '') AS version,
             pg_catalog.current_setting('max_connections')::int
               - pg_catalog.current_setting('superuser_reserved_connections')::int
               - (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS a
                  WHERE a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid())
               AS free_connections,
             pg_catalog.current_setting('max_connections') AS connections
      FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
      """;

  /** Control, look-ups and log at the source; ledger, expelling and finish at the target. */
  private static final int OTHER_SESSIONS = 3;

  private record Database(
      String cluster,
      String name,
      String encoding,
      String locale,
      String version,
      int freeConnections,
      String connections) {}

  private final StreamTarget target;
  private final PostgresSchemaDescription description;
  private final int parallelism;
  private final Findings findings;

  PairChecks(
      StreamTarget target,
      PostgresSchemaDescription description,
      int parallelism,
      Findings findings) {
    this.target = target;
    this.description = description;
    this.parallelism = parallelism;
    this.findings = findings;
  }

  void check(Connection sourceConnection, Connection targetConnection) throws SQLException {
    Database source = database(sourceConnection);
    Database there = database(targetConnection);
    boolean same = source.cluster().equals(there.cluster());
    connections(Findings.SOURCE, source, same);
    connections(Findings.TARGET, there, same);
    encodings(source, there);
    if (!source.locale().equals(there.locale()) || !source.version().equals(there.version())) {
      findings.warning(
          Findings.TARGET,
          "the databases sort text differently: the source by "
              + source.locale()
              + " "
              + source.version()
              + ", the target by "
              + there.locale()
              + " "
              + there.version(),
          "nothing, if queries at the target may sort differently; otherwise create the target"
              + " database with the source's locale");
    }
    if (same && source.name().equals(there.name())) {
      ownTables();
    }
    sameNames();
    strandedSequences();
  }

  /** A sequence lies in its table's schema; where the job says otherwise, its value is not set. */
  private void strandedSequences() {
    for (PostgresSchemaDescription.OwnedSequence owned : description.sequences()) {
      owned.ownerColumn().forEach(owner -> strandedSequence(owner.table(), owned.sequence().id()));
    }
    for (PostgresSchemaDescription.TableDefinition table : description.tables()) {
      for (PostgresSchemaDescription.ColumnDefinition column : table.columns()) {
        if (column.content() instanceof PostgresSchemaDescription.Content.Identity identity) {
          strandedSequence(table.id(), identity.sequence().id());
        }
      }
    }
  }

  private void strandedSequence(TableId table, TableId sequence) {
    String schema = target.renaming().targetOf(table).schema();
    if (!schema.equals(target.renaming().targetOf(sequence).schema())) {
      findings.error(
          table.toString(),
          "it moves to schema "
              + schema
              + " and its sequence "
              + sequence
              + " does not, so that it"
              + " would hand out values that are taken",
          "rename the sequence too: " + sequence + " to " + schema + "." + sequence.name());
    }
  }

  private void connections(String where, Database database, boolean shared) {
    int needed = (parallelism + OTHER_SESSIONS) * (shared ? 2 : 1);
    if (database.freeConnections() < needed) {
      findings.error(
          where,
          "the job needs "
              + needed
              + " connections, and "
              + Math.max(0, database.freeConnections())
              + " are free (max_connections = "
              + database.connections()
              + ")",
          "lower copy.parallelism, or: ALTER SYSTEM SET max_connections = "
              + (Integer.parseInt(database.connections()) + needed)
              + "; and restart the server");
    }
  }

  private void encodings(Database source, Database there) {
    boolean takesAll = there.encoding().equals("UTF8");
    boolean unknown = source.encoding().equals(SqlAscii.NAME);
    if (!takesAll && !unknown && !source.encoding().equals(there.encoding())) {
      findings.error(
          Findings.TARGET,
          "the database's encoding is "
              + there.encoding()
              + ", the source's is "
              + source.encoding()
              + ": not every character of the source can be stored",
          "create the target database with ENCODING 'UTF8' TEMPLATE template0");
    }
  }

  private void ownTables() {
    List<TableId> sources = description.tables().stream().map(table -> table.id()).toList();
    for (TableId table : sources) {
      TableId name = target.renaming().targetOf(table);
      if (sources.contains(name)) {
        findings.error(
            table.toString(),
            "source and target are the same database, and the table would be copied to "
                + (name.equals(table) ? "itself" : name + ", which is copied too"),
            "let target.url name another database, or rename the table on the way");
      }
    }
  }

  private void sameNames() {
    Map<TableId, TableId> taken = new LinkedHashMap<>();
    for (PostgresSchemaDescription.TableDefinition table : description.tables()) {
      TableId name = target.renaming().targetOf(table.id());
      TableId other = taken.putIfAbsent(name, table.id());
      if (other != null) {
        findings.error(
            table.id().toString(),
            "it would be copied to " + name + ", and so would " + other,
            "rename one of the two to something else");
      }
    }
  }

  private static Database database(Connection connection) throws SQLException {
    return CatalogQuery.first(connection, DATABASE, PairChecks::database).orElseThrow();
  }

  private static Database database(ResultSet row) throws SQLException {
    return new Database(
        row.getString("cluster"),
        row.getString("datname"),
        row.getString("encoding"),
        row.getString("locale"),
        row.getString("version"),
        row.getInt("free_connections"),
        row.getString("connections"));
  }
}
