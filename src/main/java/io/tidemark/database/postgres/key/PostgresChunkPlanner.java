package io.tidemark.database.postgres.key;

import io.tidemark.change.Key;
import io.tidemark.database.ChunkPlanner;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.shared.ChunkSize;
import io.tidemark.database.shared.TableCache;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cuts by arithmetic where the key's integers are evenly spread, else by the histogram of the
 * statistics, and where neither says enough by probing the key's index for the key that is so many
 * rows further on, which reads no more of it than that. Borrows its connection.
 */
public final class PostgresChunkPlanner implements ChunkPlanner {

  /** Integers are evenly spread enough if about every second one is there. */
  private static final long EVEN_SPREAD = 2;

  /** A leading column serves if a chunk holds at least so many of its values. */
  private static final long DISTINCT_PER_CHUNK = 10;

  private final PostgresQueries queries;

  private final TableCache<TableStatistics> statistics;

  /**
   * @param queries borrowed; a table's statistics are asked for when the table is first met
   */
  public PostgresChunkPlanner(PostgresQueries queries) {
    this.queries = queries;
    this.statistics = new TableCache<>(table -> TableStatistics.read(queries, table));
  }

  @Override
  public long estimateRows(Table table) {
    return TableStatistics.rows(queries, table);
  }

  @Override
  public Optional<Key> nextBoundary(Table table, Optional<Key> from, Optional<Key> to, long asked) {
    if (table.key().isEmpty()) {
      return Optional.empty();
    }
    TableStatistics statistics = this.statistics.get(table);
    long rows = ChunkSize.rows(asked, statistics.rows(), statistics.bytes());
    if (statistics.rows() <= rows) {
      return Optional.empty();
    }
    Probe probe = new Probe(queries, table, statistics.table(), from, to);
    if (leadingColumnServes(table, statistics, rows)) {
      Optional<String> candidate =
          byArithmetic(statistics, from, rows).or(() -> byHistogram(table, statistics, from, rows));
      if (candidate.isPresent()) {
        Optional<Key> boundary = probe.atOrAfter(candidate.get());
        if (boundary.isPresent()) {
          return boundary;
        }
      }
    }
    return probe.rowsAhead(rows);
  }

  private static boolean leadingColumnServes(Table table, TableStatistics statistics, long rows) {
    if (table.keyIndexes().length == 1) {
      return true;
    }
    long chunks = Math.max(1, statistics.rows() / Math.max(1, rows));
    return statistics.distinctLeading().orElse(0L) / DISTINCT_PER_CHUNK >= chunks;
  }

  private static Optional<String> byArithmetic(
      TableStatistics statistics, Optional<Key> from, long rows) {
    if (statistics.span().isEmpty()) {
      return Optional.empty();
    }
    TableStatistics.Span span = statistics.span().get();
    BigInteger count = BigInteger.valueOf(statistics.rows());
    if (span.width().compareTo(count.multiply(BigInteger.valueOf(EVEN_SPREAD))) > 0) {
      return Optional.empty();
    }
    BigInteger step = span.width().multiply(BigInteger.valueOf(rows)).divide(count);
    BigInteger start = from.map(key -> integer(key)).orElse(BigInteger.valueOf(span.least()));
    BigInteger end = start.add(step.max(BigInteger.ONE));
    return end.compareTo(BigInteger.valueOf(span.greatest())) < 0
        ? Optional.of(end.toString())
        : Optional.empty();
  }

  private static BigInteger integer(Key key) {
    return new BigInteger(key.values().get(0));
  }

  /** The histogram's bound that is about {@code rows} further on, or a place between two bounds. */
  private Optional<String> byHistogram(
      Table table, TableStatistics statistics, Optional<Key> from, long rows) {
    List<String> bounds = statistics.histogram();
    if (bounds.size() < 2) {
      return Optional.empty();
    }
    double bucketRows = Math.max(1.0, (double) statistics.rows() / (bounds.size() - 1));
    int next = from.map(key -> firstAbove(table, bounds, key)).orElse(1);
    if (next >= bounds.size()) {
      return Optional.empty();
    }
    if (bucketRows > 2.0 * rows) {
      return statistics.order().leadsWithInteger() && next > 0
          ? interpolate(bounds, next, from, rows / bucketRows)
          : Optional.empty();
    }
    int index = next - 1 + (int) Math.max(1, Math.round(rows / bucketRows));
    return index < bounds.size() - 1 ? Optional.of(bounds.get(index)) : Optional.empty();
  }

  private static Optional<String> interpolate(
      List<String> bounds, int next, Optional<Key> from, double part) {
    BigInteger low = new BigInteger(bounds.get(next - 1));
    BigInteger high = new BigInteger(bounds.get(next));
    long step = (long) Math.max(1.0, high.subtract(low).doubleValue() * part);
    BigInteger start = from.map(PostgresChunkPlanner::integer).orElse(low).max(low);
    BigInteger end = start.add(BigInteger.valueOf(step)).min(high);
    return Optional.of(end.toString());
  }

  /** Which bound is the first above the key's leading value, in the database's order. */
  private int firstAbove(Table table, List<String> bounds, Key from) {
    Column leading = new KeyCondition(table).columns().get(0);
    List<Key> keys = new ArrayList<>();
    bounds.forEach(bound -> keys.add(new Key(List.of(bound))));
    Table single =
        new Table(
            table.id(),
            List.of(leading),
            Optional.of(new io.tidemark.schema.PrimaryKey(List.of(leading.name()))));
    Key leadingValue = new Key(List.of(from.values().get(0)));
    KeyOrder order = KeyOrder.read(queries, single);
    return order.locate(queries, single, List.of(leadingValue), keys)[0];
  }
}
