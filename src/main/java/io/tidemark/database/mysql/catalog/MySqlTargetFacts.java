package io.tidemark.database.mysql.catalog;

import io.tidemark.database.jdbc.TargetFacts;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.util.*;

/** Stub. */
public final class MySqlTargetFacts implements TargetFacts {
  @Override
  public Map<TableId, Fact> read(Connection connection, Collection<TableId> tables) {
    Map<TableId, Fact> m = new TreeMap<>();
    tables.forEach(t -> m.put(t, new Fact("", "", List.of())));
    return m;
  }
  @Override public String digest(Connection connection, Collection<TableId> tables) { return "x"; }
  @Override public String ledger(Connection connection) { return "x"; }
  @Override public String moment(Connection connection) { return "x"; }
  @Override public Optional<String> lastWrite(Connection connection, String stream) { return Optional.empty(); }
  @Override public Optional<String> change(Fact before, Fact now) { return Optional.empty(); }
  @Override public boolean isMoved(Fact before, Fact now) { return false; }
  @Override public boolean keptRows(Connection connection, TableId table, Fact before, Fact now, boolean filled, String moment) { return true; }
  @Override public boolean isEmpty(Connection connection, TableId table) { return false; }
}
