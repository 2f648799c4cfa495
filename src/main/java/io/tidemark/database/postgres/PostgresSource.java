package io.tidemark.database.postgres;

import io.tidemark.database.CheckedJob;
import io.tidemark.database.ConnectionSpec;
import io.tidemark.database.FilteredLogReader;
import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SchemaChanges;
import io.tidemark.database.Selection;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.StreamRemains;
import io.tidemark.schema.Table;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A PostgreSQL database that is copied from.
 *
 * @param stream names the publication, the slot and the sessions: 1 to 40 of {@code [a-z0-9_]}
 * @param schemaChanges what becomes of a change of single partitions; others always stop the job
 */
public record PostgresSource(
    ConnectionSpec connection, String stream, Selection selection, SchemaChanges schemaChanges)
    implements SourceDatabase {

  private static final long serialVersionUID = 1L;

  private static final Pattern STREAM = Pattern.compile("[a-z0-9_]{1,40}");

  /** What a session is for, as the last part of its application name. */
  enum Role {
    CONTROL,
    SNAPSHOT,
    LOG,
    LOOKUP;

    String print() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  public PostgresSource {
    if (!STREAM.matcher(stream).matches()) {
      throw new IllegalArgumentException(
          "a stream's name has 1 to 40 lower-case letters, digits and underscores, not '"
              + stream
              + "'");
    }
  }

  /** A source that stops the job where its partitions change. */
  public PostgresSource(ConnectionSpec connection, String stream, Selection selection) {
    this(connection, stream, selection, SchemaChanges.STOP);
  }

  /** The name of the stream's replication slot. */
  public String slotName() {
    return "tidemark_" + stream;
  }

  /** The name of the stream's publication. */
  public String publicationName() {
    return "tidemark_" + stream;
  }

  /** What the names of all of the stream's sessions start with. */
  String sessionPrefix() {
    return "tidemark:" + stream + ":";
  }

  String sessionName(long epoch, Role role) {
    return sessionPrefix() + epoch + ":" + role.print();
  }

  PostgresQueries open(long epoch, Role role) {
    return new PostgresQueries(PostgresSessions.open(connection, sessionName(epoch, role)));
  }

  Connection openReplication(long epoch, Role role) {
    return PostgresSessions.openReplication(connection, sessionName(epoch, role));
  }

  @Override
  public PositionFormat positions() {
    return new PostgresPositions();
  }

  @Override
  public SourceCheck check(CheckedJob job) {
    return PostgresChecks.source(this, job);
  }

  @Override
  public PostgresSchemaDescription describe() {
    return PostgresSchema.describe(this);
  }

  @Override
  public StreamRemains remains() {
    return new PostgresRemains(connection, stream);
  }

  @Override
  public SourceDatabase portable() {
    return new PortablePostgresSource(this);
  }

  @Override
  public SourceControl openControl(long epoch) {
    return new PostgresControl(this, epoch);
  }

  @Override
  public SnapshotSession openSession(long epoch, Optional<String> shared, List<Table> tables) {
    return PostgresSession.open(this, epoch, shared.map(ExportedSnapshot::parse));
  }

  @Override
  public SourceLookup openLookup(long epoch, List<Table> tables) {
    return new PostgresLookup(this, epoch, tables);
  }

  @Override
  public LogReader openLog(long epoch, LogPosition from, List<Table> tables) {
    LogReader log = PostgresLogReader.open(this, epoch, (PostgresLsn) from, tables);
    return FilteredLogReader.over(
        log, selection, tables, filtered -> PostgresRowFilters.open(this, epoch, filtered));
  }
}
