package io.tidemark.database.mysql;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.TargetFinish;
import io.tidemark.database.TargetWriter;
import io.tidemark.database.Waits;
import io.tidemark.database.jdbc.JdbcStagedSink;
import io.tidemark.database.jdbc.JdbcTablesSink;
import io.tidemark.database.jdbc.JdbcTarget;
import io.tidemark.database.jdbc.LedgerDialect;
import io.tidemark.database.jdbc.TargetFacts;
import io.tidemark.database.mysql.catalog.MySqlTargetFacts;
import io.tidemark.database.mysql.check.MySqlTargetChecks;
import io.tidemark.database.mysql.ddl.MySqlFinish;
import io.tidemark.database.mysql.ddl.MySqlTableChanges;
import io.tidemark.database.mysql.ddl.MySqlTables;
import io.tidemark.database.mysql.ddl.TablePlan;
import io.tidemark.database.mysql.ddl.TablePlans;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.MySqlSessions;
import io.tidemark.database.mysql.session.MySqlWaits;
import io.tidemark.database.mysql.write.AutoIncrements;
import io.tidemark.database.mysql.write.MySqlLedgerDialect;
import io.tidemark.database.mysql.write.MySqlStaging;
import io.tidemark.database.mysql.write.MySqlWriter;
import io.tidemark.database.mysql.write.SessionRegister;
import io.tidemark.database.mysql.write.TargetServer;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.StreamNames;
import io.tidemark.staging.SinkTable;
import io.tidemark.staging.StagedSink;
import io.tidemark.staging.TablesSink;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A MySQL or MariaDB server that is copied to. It takes rows in the portable encoding.
 *
 * @param stream names the stream in messages
 * @param renaming what the source's tables are called here
 * @param onBadValue what becomes of a value that a column here cannot hold
 */
public record MySqlTarget(
    ConnectionSpec connection, String stream, Renaming renaming, OnBadValue onBadValue)
    implements JdbcTarget {

  private static final long serialVersionUID = 1L;

  private static final Map<String, String> LOADING = Map.of("allowLoadLocalInfile", "true");

  /**
   * Foreign keys rest while a writer replays what the source has already checked. Unique keys do
   * not: with {@code unique_checks = 0} InnoDB may put duplicates into a secondary one unseen
   * (MySQL manual, 7.1.8).
   */
  private static final String WRITER_SETTINGS =
      "SET SESSION foreign_key_checks = 0, unique_checks = 1, sql_notes = 1,"
          + " innodb_lock_wait_timeout = 10";

  private static final int WARNINGS = 64;

  /** A table here that takes rows from anywhere. Opens no connection. */
  public StagedSink sink(SinkTable table) {
    return new JdbcStagedSink(this, new MySqlStaging(), table);
  }

  /** Tables here that take rows from anywhere, and change between them. Opens no connection. */
  public TablesSink sink(String name) {
    return new JdbcTablesSink(this, new MySqlStaging(), new MySqlTableChanges(), name);
  }

  @Override
  public boolean understands(SourceDatabase source) {
    return source instanceof MySqlSource;
  }

  @Override
  public List<Finding> check(
      CheckedJob job, SourceDatabase source, Optional<SchemaDescription> description) {
    try (MySqlQueries queries =
        new MySqlQueries(MySqlSessions.open(connection, "tidemark-check:" + stream))) {
      return new MySqlTargetChecks(queries, job, renaming).check(description);
    } catch (DatabaseException e) {
      return List.of(
          new Finding(
              Severity.ERROR,
              "target",
              e.getMessage(),
              "see that the server answers at target.url and that the account may read the"
                  + " catalog"));
    }
  }

  @Override
  public TargetFinish prepareTables(
      SchemaDescription description, Set<TableId> copied, ExistingRows existing) {
    try (MySqlQueries queries =
        new MySqlQueries(MySqlSessions.openPatient(connection, "tidemark-tables:" + stream))) {
      List<TablePlan> plans = TablePlans.of(description, queries.version(), renaming);
      Set<TableId> done = copied.stream().map(renaming::targetOf).collect(Collectors.toSet());
      new MySqlTables(queries, existing)
          .create(plans.stream().filter(plan -> !done.contains(plan.id())).toList());
      return new MySqlFinish(connection, stream, plans);
    }
  }

  @Override
  public Connection connect(String session) {
    return open(session, Map.of(), List.of());
  }

  @Override
  public TargetWriter openWriter(String session) {
    Connection opened = open(session, LOADING, List.of(WRITER_SETTINGS));
    try {
      keepWarnings(opened);
      TargetServer server = TargetServer.read(opened);
      opened.rollback();
      return new MySqlWriter(
          opened,
          stream,
          server,
          renaming,
          onBadValue,
          new AutoIncrements(() -> MySqlSessions.open(connection, "tidemark-numbers:" + stream)));
    } catch (SQLException e) {
      throw abandon(
          opened, MySqlErrors.classify("preparing a session at " + connection.displayUrl(), e));
    } catch (RuntimeException e) {
      throw abandon(opened, e);
    }
  }

  /**
   * Warnings tell what LOAD DATA left out. Few accounts may set how many are kept (MySQL manual,
   * 5.1.8, "max_error_count"), so that it is set only where a server keeps too few.
   */
  private static void keepWarnings(Connection opened) {
    MySqlQueries queries = new MySqlQueries(opened);
    boolean kept =
        queries.one(
            "asking how many warnings are kept",
            "SELECT @@SESSION.max_error_count",
            row -> row.getLong(1) >= WARNINGS);
    if (!kept) {
      queries.execute(
          "having the server keep warnings", "SET SESSION max_error_count = " + WARNINGS);
    }
  }

  private Connection open(String session, Map<String, String> parameters, List<String> settings) {
    Connection opened = MySqlSessions.open(connection, session, parameters);
    try (Statement statement = opened.createStatement()) {
      for (String setting : settings) {
        statement.execute(setting);
      }
      SessionRegister.register(opened, session);
      opened.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      opened.setAutoCommit(false);
      return opened;
    } catch (SQLException e) {
      throw abandon(
          opened, MySqlErrors.classify("preparing a session at " + connection.displayUrl(), e));
    } catch (RuntimeException e) {
      throw abandon(opened, e);
    }
  }

  @Override
  public int expelSessions(String sessionPrefix, String sessionToKeep) {
    try (Connection opened = MySqlSessions.open(connection, "tidemark-expel:" + stream)) {
      return SessionRegister.expel(opened, sessionPrefix, sessionToKeep);
    } catch (SQLException e) {
      throw MySqlErrors.classify("ending the former sessions of stream " + stream, e);
    }
  }

  @Override
  public Waits openWaits() {
    return new MySqlWaits(
        connection,
        stream,
        queries -> SessionRegister.open(queries, StreamNames.sessionPrefix(stream)));
  }

  @Override
  public int sessions(String sessionPrefix) {
    try (MySqlQueries queries =
        new MySqlQueries(MySqlSessions.open(connection, "tidemark-view:" + stream))) {
      return SessionRegister.count(queries, sessionPrefix);
    }
  }

  @Override
  public TargetFacts facts() {
    return MySqlTargetFacts.whole();
  }

  @Override
  public LedgerDialect ledgerDialect() {
    return new MySqlLedgerDialect();
  }

  private static RuntimeException abandon(Connection opened, RuntimeException failure) {
    try {
      opened.close();
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }
}
