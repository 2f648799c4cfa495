package io.tidemark.database.mysql;

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
import io.tidemark.database.mysql.catalog.MySqlCatalog;
import io.tidemark.database.mysql.catalog.MySqlSchemaDescription;
import io.tidemark.database.mysql.catalog.SchemaReader;
import io.tidemark.database.mysql.check.SourceChecks;
import io.tidemark.database.mysql.control.MySqlControl;
import io.tidemark.database.mysql.control.MySqlListing;
import io.tidemark.database.mysql.control.MySqlLookup;
import io.tidemark.database.mysql.control.MySqlRemains;
import io.tidemark.database.mysql.log.MySqlLogReader;
import io.tidemark.database.mysql.log.MySqlRowFilters;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.position.MySqlPositions;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.MySqlWaits;
import io.tidemark.database.mysql.session.StreamLocks;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.database.mysql.snapshot.MySqlSession;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.CheckedJob;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A MySQL or MariaDB server that is copied from. Its rows are in the portable encoding. */
public record MySqlSource(StreamSource own) implements SourceDatabase {

  private static final long serialVersionUID = 1L;

  /**
   * @param stream names the sessions: 1 to 40 of {@code [a-z0-9_]}
   */
  public MySqlSource(
      ConnectionSpec connection, String stream, Selection selection, SourceSettings settings) {
    this(new StreamSource(connection, stream, selection, settings));
  }

  @Override
  public Waits openWaits() {
    return new MySqlWaits(
        own.connection(),
        own.stream(),
        queries -> {
          Map<Long, String> sessions = new HashMap<>();
          new StreamLocks(queries, own.stream(), 0)
              .others()
              .forEach(each -> sessions.put(each.connection(), each.role().print()));
          return sessions;
        });
  }

  @Override
  public SourceDatabase narrowedTo(Set<TableId> tables) {
    return new MySqlSource(own.narrowedTo(tables));
  }

  @Override
  public SourceDatabase keeping(Map<TableId, List<String>> columns) {
    return new MySqlSource(own.keeping(columns));
  }

  @Override
  public boolean selects(TableId table) {
    return own.selection().matches(table);
  }

  @Override
  public PositionFormat positions() {
    return new MySqlPositions();
  }

  @Override
  public SourceCheck check(CheckedJob job) {
    return SourceChecks.check(own, job);
  }

  @Override
  public MySqlSchemaDescription describe() {
    try (MySqlQueries queries = own.open(0, Role.CHECK)) {
      return SchemaReader.read(queries, own.selection());
    }
  }

  @Override
  public Listing listing() {
    return new MySqlListing(own);
  }

  @Override
  public StreamRemains remains() {
    return new MySqlRemains(own);
  }

  /** Its rows are in the portable encoding already. */
  @Override
  public SourceDatabase portable() {
    return this;
  }

  @Override
  public TableReader openReader() {
    MySqlSession session = MySqlSession.openForReading(own);
    try (MySqlQueries queries = own.open(1, Role.CHECK)) {
      return TableReader.of(MySqlCatalog.tables(queries, own.selection()), session);
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  @Override
  public SourceControl openControl(long epoch) {
    return new MySqlControl(own, epoch);
  }

  @Override
  public SnapshotSession openSession(long epoch, Optional<String> shared, List<Table> tables) {
    return MySqlSession.open(own, epoch, tables);
  }

  @Override
  public SourceLookup openLookup(long epoch, List<Table> tables) {
    return new MySqlLookup(own, epoch, tables);
  }

  @Override
  public LogReader openLog(long epoch, LogPosition from, List<Table> tables, SourceMemory memory) {
    return MySqlRowFilters.over(
        MySqlLogReader.open(own, epoch, (BinlogPosition) from, tables), own, epoch, tables);
  }
}
