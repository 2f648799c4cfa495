package io.tidemark.database.mysql.control;

import io.tidemark.change.Key;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.mysql.key.KeyOrder;
import io.tidemark.database.mysql.position.MySqlSnapshotPosition;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamLocks;
import io.tidemark.database.mysql.session.StreamSource;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.database.mysql.snapshot.ServerLog;
import io.tidemark.database.shared.KeyComparison;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.StreamNames;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The log reader's connection for short questions. */
public final class MySqlLookup implements SourceLookup {

  private static final BigInteger LARGEST = BigInteger.valueOf(Long.MAX_VALUE);

  private final MySqlQueries queries;
  private final ServerLog log;
  private final Set<TableId> tables;
  private final Map<Table, KeyOrder> orders = new HashMap<>();

  /**
   * Connects; if that fails, nothing stays open.
   *
   * @param epoch under which the stream was claimed; the session's name carries it
   * @param tables the announced ones
   */
  public MySqlLookup(StreamSource source, long epoch, List<Table> tables) {
    this.tables = tables.stream().map(Table::id).collect(Collectors.toSet());
    this.queries = source.open(epoch, Role.LOOKUP);
    try {
      this.log = new ServerLog(queries);
      if (epoch > 1 && epoch != StreamNames.OBSERVER_EPOCH) {
        new StreamLocks(queries, source.stream(), epoch).mark(Role.LOOKUP);
      }
    } catch (RuntimeException e) {
      queries.close();
      throw e;
    }
  }

  @Override
  public SnapshotPosition visible() {
    return new MySqlSnapshotPosition(log.visible());
  }

  @Override
  public int[] locate(Table table, List<Key> keys, List<Key> bounds) {
    if (keys.isEmpty() || bounds.isEmpty()) {
      return new int[keys.size()];
    }
    KeyOrder order = orders.computeIfAbsent(table, missing -> KeyOrder.read(queries, missing));
    return order
        .inJava()
        .map(comparator -> KeyComparison.locate(keys, bounds, comparator))
        .orElseGet(() -> order.locate(queries, table, keys, bounds));
  }

  /**
   * The next number of each table that has an AUTO_INCREMENT column, under the table's name. One
   * that Java's numbers cannot say is left out.
   */
  @Override
  public List<SequenceValue> sequences() {
    record Standing(TableId table, BigInteger next) {}
    List<Standing> standings =
        queries.list(
            "asking where AUTO_INCREMENT stands",
            "SELECT TABLE_SCHEMA, TABLE_NAME, AUTO_INCREMENT FROM information_schema.TABLES"
                + " WHERE AUTO_INCREMENT IS NOT NULL AND TABLE_SCHEMA IN ("
                + tables.stream()
                    .map(TableId::schema)
                    .distinct()
                    .map(Identifiers::literal)
                    .collect(Collectors.joining(", "))
                + ") ORDER BY 1, 2",
            row ->
                new Standing(
                    new TableId(row.getString(1), row.getString(2)),
                    new BigInteger(row.getString(3))));
    List<SequenceValue> values = new ArrayList<>();
    for (Standing standing : standings) {
      if (tables.contains(standing.table()) && standing.next().compareTo(LARGEST) <= 0) {
        values.add(new SequenceValue(standing.table(), standing.next().longValueExact(), false));
      }
    }
    return values;
  }

  /**
   * Nothing to do: every transaction that a snapshot contains is in the log, also those that touch
   * no selected table, so the log passes the snapshot without another one.
   */
  @Override
  public void nudgeLog() {}

  @Override
  public void close() {
    queries.close();
  }
}
