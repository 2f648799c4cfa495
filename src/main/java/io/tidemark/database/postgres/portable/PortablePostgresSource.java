package io.tidemark.database.postgres.portable;

import io.tidemark.database.LogPosition;
import io.tidemark.database.LogReader;
import io.tidemark.database.PortableSchema;
import io.tidemark.database.PositionFormat;
import io.tidemark.database.Preflight.Finding;
import io.tidemark.database.Preflight.Severity;
import io.tidemark.database.SchemaDescription;
import io.tidemark.database.SnapshotSession;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.StreamRemains;
import io.tidemark.database.Waits;
import io.tidemark.database.postgres.catalog.ColumnTypes;
import io.tidemark.database.postgres.catalog.PortableTable;
import io.tidemark.database.postgres.catalog.PostgresSchema;
import io.tidemark.database.postgres.check.PostgresChecks;
import io.tidemark.database.postgres.control.PostgresControl;
import io.tidemark.database.postgres.control.PostgresListing;
import io.tidemark.database.postgres.control.PostgresLookup;
import io.tidemark.database.postgres.control.PostgresRemains;
import io.tidemark.database.postgres.log.PostgresLogReader;
import io.tidemark.database.postgres.log.PostgresRowFilters;
import io.tidemark.database.postgres.position.PostgresPosition;
import io.tidemark.database.postgres.position.PostgresPositions;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.PostgresWaits;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.postgres.session.StreamSource.Role;
import io.tidemark.database.postgres.snapshot.ExportedSnapshot;
import io.tidemark.database.postgres.snapshot.PostgresSession;
import io.tidemark.database.shared.Findings;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A PostgreSQL source whose rows, chunks and keys are in the portable encoding. PostgreSQL itself
 * is asked in its own text form always; values are converted on the way out, keys on the way in.
 */
public record PortablePostgresSource(StreamSource own) implements SourceDatabase {

  private static final long serialVersionUID = 1L;

  private record Description(PortableSchema portable) implements SchemaDescription {
    private static final long serialVersionUID = 1L;
  }

  @Override
  public Waits openWaits() {
    return new PostgresWaits(own.connection(), own.stream());
  }

  @Override
  public SourceDatabase narrowedTo(Set<TableId> tables) {
    return new PortablePostgresSource(own.narrowedTo(tables));
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
    SourceCheck checked = PostgresChecks.source(own, job);
    List<Finding> findings = new ArrayList<>(checked.findings());
    checked
        .description()
        .ifPresent(
            description ->
                description
                    .portable()
                    .notes()
                    .forEach(
                        note ->
                            findings.add(
                                new Finding(
                                    Severity.WARNING,
                                    Findings.SOURCE,
                                    note,
                                    "nothing, if the target can do without it"))));
    return new SourceCheck(
        findings,
        checked.description().map(description -> new Description(description.portable())));
  }

  /** Only what every vendor understands: PostgreSQL's own types would not take these rows. */
  @Override
  public SchemaDescription describe() {
    return new Description(PostgresSchema.describe(own).portable());
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
    return this;
  }

  @Override
  public SourceControl openControl(long epoch) {
    return new PortableControl(new PostgresControl(own, epoch));
  }

  @Override
  public SnapshotSession openSession(long epoch, Optional<String> shared, List<Table> tables) {
    Map<Table, PortableTable> known = known(epoch, tables);
    return new PortableSession(
        PostgresSession.openForText(own, epoch, shared.map(ExportedSnapshot::parse)), known);
  }

  @Override
  public SourceLookup openLookup(long epoch, List<Table> tables) {
    return new PortableLookup(
        new PostgresLookup(own, epoch, tables.stream().map(PortableTable::own).toList()),
        known(epoch, tables));
  }

  @Override
  public LogReader openLog(long epoch, LogPosition from, List<Table> tables, SourceMemory memory) {
    Map<Table, PortableTable> known = known(epoch, tables);
    // Row filters are evaluated on PostgreSQL's own rows, below the conversion.
    List<Table> there = tables.stream().map(PortableTable::own).toList();
    LogReader log = PostgresLogReader.open(own, epoch, (PostgresPosition) from, there, memory);
    return new PortableLogReader(PostgresRowFilters.over(log, own, epoch, there), known.values());
  }

  /**
   * By the portable tables as they were announced. Those that are not there any more are left out.
   */
  private Map<Table, PortableTable> known(long epoch, List<Table> tables) {
    Map<Table, Table> announced = new HashMap<>();
    tables.forEach(table -> announced.put(PortableTable.own(table), table));
    try (PostgresQueries queries = own.open(epoch, Role.LOOKUP)) {
      Map<Table, PortableTable> known = new HashMap<>();
      ColumnTypes.read(queries.connection(), announced.keySet())
          .forEach(
              (table, there) -> {
                Table portable = Known.require(announced, table);
                known.put(portable, there.announced(portable));
              });
      return known;
    } catch (SQLException e) {
      throw PostgresErrors.classify("reading the types of the tables' columns", e);
    }
  }
}
