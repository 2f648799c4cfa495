package io.tidemark.database.postgres;

import io.tidemark.database.CheckedJob;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
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
import io.tidemark.database.StreamRemains;
import io.tidemark.database.postgres.PostgresSource.Role;
import io.tidemark.schema.Known;
import io.tidemark.schema.Table;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A PostgreSQL source whose rows, chunks and keys are in the portable encoding. PostgreSQL itself
 * is asked in its own text form always; values are converted on the way out, keys on the way in.
 */
record PortablePostgresSource(PostgresSource own) implements SourceDatabase {

  private static final long serialVersionUID = 1L;

  private record Description(PortableSchema portable) implements SchemaDescription {
    private static final long serialVersionUID = 1L;
  }

  @Override
  public PositionFormat positions() {
    return own.positions();
  }

  @Override
  public SourceCheck check(CheckedJob job) {
    SourceCheck checked = own.check(job);
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
    return new Description(own.describe().portable());
  }

  @Override
  public StreamRemains remains() {
    return own.remains();
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
  public LogReader openLog(long epoch, LogPosition from, List<Table> tables) {
    Map<Table, PortableTable> known = known(epoch, tables);
    // Row filters are evaluated on PostgreSQL's own rows, below the conversion.
    return new PortableLogReader(
        own.openLog(epoch, from, tables.stream().map(PortableTable::own).toList()), known.values());
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

  static DatabaseException altered(Table table) {
    return new DatabaseException(
        Kind.FATAL,
        "table "
            + table.id()
            + " was altered: its columns are not what they were when the job started. Changes of a"
            + " table's definition are not copied: make the same change at the target, drop the"
            + " stream with ./tidemark drop and copy again, or take the table out of the job");
  }
}
