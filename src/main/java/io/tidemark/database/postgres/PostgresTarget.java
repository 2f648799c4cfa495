package io.tidemark.database.postgres;

import io.tidemark.database.PortableSchema;
import io.tidemark.database.Preflight.Finding;
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
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.database.postgres.catalog.PostgresTargetFacts;
import io.tidemark.database.postgres.check.PostgresChecks;
import io.tidemark.database.postgres.ddl.PostgresFinish;
import io.tidemark.database.postgres.ddl.PostgresTableChanges;
import io.tidemark.database.postgres.ddl.PostgresTables;
import io.tidemark.database.postgres.ddl.TranslatedSchema;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.postgres.session.PostgresSessions;
import io.tidemark.database.postgres.session.PostgresWaits;
import io.tidemark.database.postgres.session.StreamTarget;
import io.tidemark.database.postgres.write.PostgresLedgerDialect;
import io.tidemark.database.postgres.write.PostgresStaging;
import io.tidemark.database.postgres.write.PostgresWriter;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.OnBadValue;
import io.tidemark.settings.Renaming;
import io.tidemark.staging.SinkTable;
import io.tidemark.staging.StagedSink;
import io.tidemark.staging.TablesSink;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A PostgreSQL database that is copied to. */
public record PostgresTarget(StreamTarget own) implements JdbcTarget {

  private static final long serialVersionUID = 1L;

  /**
   * Triggers, rules and foreign keys rest while this role replays what the source has already
   * checked; so do the triggers that re-check deferrable unique keys (PostgreSQL manual, 20.11.1).
   *
   * <p>Every set-based statement joins the keys that it was given to an index on the table's key.
   * Without statistics, as on a table that was just filled, the planner could take a scan of the
   * whole table per batch instead; the settings leave it no such choice. They are also why JIT has
   * to be off: it would judge by the costs that stand for "disabled".
   */
  private static final String WRITER_SETTINGS =
      String.join(
          ";",
          "SET session_replication_role = 'replica'",
          "SET synchronous_commit = on",
          "SET enable_seqscan = off",
          "SET enable_hashjoin = off",
          "SET enable_mergejoin = off",
          "SET jit = off",
          "SET plan_cache_mode = 'force_generic_plan'");

  /**
   * @param stream names the stream in messages
   * @param renaming what the source's tables are called here
   * @param onBadValue what becomes of another vendor's value that a column here cannot hold
   */
  public PostgresTarget(
      ConnectionSpec connection, String stream, Renaming renaming, OnBadValue onBadValue) {
    this(new StreamTarget(connection, stream, renaming, onBadValue));
  }

  /** A target at which a value that a column cannot hold is an error. */
  public PostgresTarget(ConnectionSpec connection, String stream, Renaming renaming) {
    this(connection, stream, renaming, OnBadValue.ERROR);
  }

  /** A table here that takes rows from anywhere. Opens no connection. */
  public StagedSink sink(SinkTable table) {
    return new JdbcStagedSink(this, new PostgresStaging(), table);
  }

  /** Tables here that take rows from anywhere, and change between them. Opens no connection. */
  public TablesSink sink(String name) {
    return new JdbcTablesSink(this, new PostgresStaging(), new PostgresTableChanges(), name);
  }

  @Override
  public boolean understands(SourceDatabase source) {
    return source instanceof PostgresSource;
  }

  @Override
  public List<Finding> check(
      CheckedJob job, SourceDatabase source, Optional<SchemaDescription> description) {
    return PostgresChecks.target(
        own,
        job,
        source instanceof PostgresSource postgres ? Optional.of(postgres.own()) : Optional.empty(),
        description);
  }

  @Override
  public TargetFinish prepareTables(
      SchemaDescription description, Set<TableId> copied, ExistingRows existing) {
    if (description instanceof PostgresSchemaDescription postgres) {
      new PostgresTables(own, postgres.without(copied), existing).create();
      return new PostgresFinish(own, postgres);
    }
    StreamTarget named = own.withTargetNames();
    try (Connection opened = connect("tidemark-tables:" + own.stream())) {
      PortableSchema portable = description.portable();
      PostgresSchemaDescription missing =
          TranslatedSchema.of(opened, portable, own.renaming(), copied);
      new PostgresTables(named, missing, existing).create();
      return new PostgresFinish(
          named, TranslatedSchema.of(opened, portable, own.renaming(), Set.of()));
    } catch (SQLException e) {
      throw PostgresErrors.classify("making the tables of the target", e);
    }
  }

  @Override
  public Connection connect(String session) {
    Connection opened = PostgresSessions.open(own.connection(), session);
    try {
      opened.setAutoCommit(false);
      return opened;
    } catch (SQLException e) {
      throw abandon(opened, e);
    }
  }

  @Override
  public TargetWriter openWriter(String session) {
    return new PostgresWriter(
        openReplica(session),
        own.stream(),
        own.renaming(),
        own.onBadValue(),
        () -> openReplica("tidemark-diagnosis:" + own.stream()));
  }

  private Connection openReplica(String session) {
    Connection opened = PostgresSessions.open(own.connection(), session);
    try (Statement statement = opened.createStatement()) {
      statement.execute(WRITER_SETTINGS);
      opened.setAutoCommit(false);
      return opened;
    } catch (SQLException e) {
      throw abandon(opened, e);
    }
  }

  @Override
  public int expelSessions(String sessionPrefix, String sessionToKeep) {
    try (Connection opened = connect("tidemark-expel:" + own.stream());
        PreparedStatement statement =
            opened.prepareStatement(
                """
                SELECT pg_catalog.count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(pid))
                FROM pg_catalog.pg_stat_activity
                WHERE datname = pg_catalog.current_database()
                  AND pid <> pg_catalog.pg_backend_pid()
                  AND pg_catalog.starts_with(application_name, ?)
                  AND NOT pg_catalog.starts_with(application_name, ?)
                """)) {
      statement.setString(1, sessionPrefix);
      statement.setString(2, sessionToKeep);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getInt(1);
      }
    } catch (SQLException e) {
      throw PostgresErrors.classify("ending the former sessions of stream " + own.stream(), e);
    }
  }

  @Override
  public Waits openWaits() {
    return new PostgresWaits(own.connection(), own.stream());
  }

  @Override
  public int sessions(String sessionPrefix) {
    try (Connection opened = connect("tidemark-view:" + own.stream());
        PreparedStatement statement =
            opened.prepareStatement(
                """
                SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
                WHERE datname = pg_catalog.current_database()
                  AND pg_catalog.starts_with(application_name, ?)
                """)) {
      statement.setString(1, sessionPrefix);
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getInt(1);
      }
    } catch (SQLException e) {
      throw PostgresErrors.classify("looking for the sessions of stream " + own.stream(), e);
    }
  }

  @Override
  public OnBadValue onBadValue() {
    return own.onBadValue();
  }

  @Override
  public Renaming renaming() {
    return own.renaming();
  }

  @Override
  public TargetFacts facts() {
    return new PostgresTargetFacts();
  }

  @Override
  public LedgerDialect ledgerDialect() {
    return new PostgresLedgerDialect();
  }

  private RuntimeException abandon(Connection opened, SQLException cause) {
    RuntimeException failure =
        PostgresErrors.classify(
            "preparing a session that writes to " + own.connection().displayUrl(), cause);
    try {
      opened.close();
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }
}
