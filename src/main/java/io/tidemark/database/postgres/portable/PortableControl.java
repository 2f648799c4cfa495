package io.tidemark.database.postgres.portable;

import io.tidemark.change.Key;
import io.tidemark.database.ChunkPlanner;
import io.tidemark.database.LogPosition;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.catalog.ColumnTypes;
import io.tidemark.database.postgres.catalog.PortableTable;
import io.tidemark.database.postgres.control.PostgresControl;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** A coordinator's connection that speaks of tables and keys in the portable encoding. */
final class PortableControl implements SourceControl {

  private final PostgresControl own;
  private final Map<Table, PortableTable> known = new HashMap<>();

  PortableControl(PostgresControl own) {
    this.own = own;
  }

  @Override
  public String identity() {
    return own.identity();
  }

  @Override
  public SourceMemory describe(List<Table> tables) {
    return own.describe(tables);
  }

  @Override
  public List<String> changesSince(SourceMemory described, List<Table> tables) {
    return own.changesSince(described, tables);
  }

  @Override
  public Set<TableId> watched(SourceMemory memory) {
    return own.watched(memory);
  }

  @Override
  public List<Table> tables() {
    List<Table> tables = own.tables();
    Map<Table, PortableTable> read = read(tables);
    return tables.stream()
        .map(read::get)
        .filter(Objects::nonNull) // otherwise it was dropped this very moment
        .map(PortableTable::table)
        .toList();
  }

  private Map<Table, PortableTable> read(List<Table> tables) {
    try {
      Map<Table, PortableTable> read = ColumnTypes.read(own.connection(), tables);
      read.values().forEach(table -> known.put(table.table(), table));
      return read;
    } catch (SQLException e) {
      throw PostgresErrors.classify("reading the types of the tables' columns", e);
    }
  }

  /** A table that was announced by a coordinator before this one may be asked about too. */
  private PortableTable known(Table table) {
    if (!known.containsKey(table)) {
      read(List.of(PortableTable.own(table)))
          .values()
          .forEach(there -> known.put(table, there.announced(table)));
    }
    PortableTable there = known.get(table);
    if (there == null) {
      throw PortableTable.altered(table);
    }
    return there;
  }

  @Override
  public void expelFormerSessions() {
    own.expelFormerSessions();
  }

  @Override
  public LogStart createLog() {
    return own.createLog();
  }

  @Override
  public LogResumed requireLog(LogPosition position, SourceMemory memory) {
    return own.requireLog(position, memory);
  }

  @Override
  public void requireAddable(Set<TableId> added) {
    own.requireAddable(added);
  }

  @Override
  public void examineLog(LogPosition position, SourceMemory memory) {
    own.examineLog(position, memory);
  }

  @Override
  public SourceMemory requireNothingUnlogged() {
    return own.requireNothingUnlogged();
  }

  @Override
  public SourceMemory sessionOpened() {
    return own.sessionOpened();
  }

  @Override
  public void requireNoLog() {
    own.requireNoLog();
  }

  @Override
  public Optional<SharedSnapshot> openSharedSnapshot() {
    return own.openSharedSnapshot();
  }

  @Override
  public SnapshotPosition visible() {
    return own.visible();
  }

  @Override
  public ChunkPlanner chunkPlanner() {
    ChunkPlanner planner = own.chunkPlanner();
    return new ChunkPlanner() {
      @Override
      public long estimateRows(Table table) {
        return planner.estimateRows(PortableTable.own(table));
      }

      @Override
      public Optional<Key> nextBoundary(
          Table table, Optional<Key> from, Optional<Key> to, long rows) {
        PortableTable there = known(table);
        return planner
            .nextBoundary(there.own(), from.map(there::own), to.map(there::own), rows)
            .map(there::portable);
      }
    };
  }

  @Override
  public long bytesBehind(LogPosition position) {
    return own.bytesBehind(position);
  }

  @Override
  public void close() {
    own.close();
  }
}
