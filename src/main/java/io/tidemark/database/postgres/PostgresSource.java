package io.tidemark.database.postgres;

import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.StreamRemains;
import io.tidemark.database.TableReader;
import io.tidemark.database.Waits;
import io.tidemark.database.postgres.catalog.PostgresSchema;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.database.postgres.check.PostgresChecks;
import io.tidemark.database.postgres.compare.PostgresSide;
import io.tidemark.database.postgres.control.PostgresControl;
import io.tidemark.database.postgres.control.PostgresListing;
import io.tidemark.database.postgres.control.PostgresLookup;
import io.tidemark.database.postgres.control.PostgresRemains;
import io.tidemark.database.postgres.log.PostgresLogReader;
import io.tidemark.database.postgres.log.PostgresRowFilters;
import io.tidemark.database.postgres.portable.PortablePostgresSource;
import io.tidemark.database.postgres.position.PostgresPosition;
import io.tidemark.database.postgres.position.PostgresPositions;
import io.tidemark.database.postgres.session.PostgresWaits;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.postgres.snapshot.ExportedSnapshot;
import io.tidemark.database.postgres.snapshot.PostgresSession;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A PostgreSQL database that is copied from. */
public record PostgresSource(StreamSource own) implements SourceDatabase {

  private static final long serialVersionUID = 1L;

  /**
   * @param stream names the publication, the slot and the sessions: 1 to 40 of {@code [a-z0-9_]}
   */
  public PostgresSource(
      ConnectionSpec connection, String stream, Selection selection, SourceSettings settings) {
    this(new StreamSource(connection, stream, selection, settings));
  }

  /** A source that stops the job where its partitions change. */
  public PostgresSource(ConnectionSpec connection, String stream, Selection selection) {
    this(connection, stream, selection, SourceSettings.DEFAULT);
  }

  @Override
  public Waits openWaits() {
    return new PostgresWaits(own.connection(), own.stream());
  }

  @Override
  public SourceDatabase narrowedTo(Set<TableId> tables) {
    return new PostgresSource(own.narrowedTo(tables));
  }

  /** An added column stops a stream from PostgreSQL, whose log does not say what it holds. */
  @Override
  public SourceDatabase keeping(Map<TableId, List<String>> columns) {
    return this;
  }

  @Override
  public boolean selects(TableId table) {
    return own.selection().matches(table);
  }

  @Override
  public PositionFormat positions() {
    return new PostgresPositions();
  }

  @Override
  public SourceCheck check(CheckedJob job) {
    return PostgresChecks.source(own, job);
  }

  @Override
  public PostgresSchemaDescription describe() {
    return PostgresSchema.describe(own);
  }

  @Override
  public Listing listing() {
    return new PostgresListing(own);
  }

  @Override
  public StreamRemains remains() {
    return new PostgresRemains(own);
  }

  @Override
  public SourceDatabase portable() {
    return new PortablePostgresSource(own);
  }

  @Override
  public SourceControl openControl(long epoch) {
    return new PostgresControl(own, epoch);
  }

  @Override
  public SnapshotSession openSession(long epoch, Optional<String> shared, List<Table> tables) {
    return PostgresSession.open(own, epoch, shared.map(ExportedSnapshot::parse));
  }

  @Override
  public SourceLookup openLookup(long epoch, List<Table> tables) {
    return new PostgresLookup(own, epoch, tables);
  }

  @Override
  public LogReader openLog(long epoch, LogPosition from, List<Table> tables, SourceMemory memory) {
    return PostgresRowFilters.over(
        PostgresLogReader.open(own, epoch, (PostgresPosition) from, tables, memory),
        own,
        epoch,
        tables);
  }

  /**
   * Reads the selected tables as of one moment as PostgreSQL itself prints them, for a comparison
   * with another PostgreSQL to the byte.
   */
  public TableReader openExactReader() {
    return PostgresSide.open(own);
  }
}
