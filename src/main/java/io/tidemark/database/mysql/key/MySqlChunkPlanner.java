package io.tidemark.database.mysql.key;

import io.tidemark.change.Key;
import io.tidemark.database.ChunkPlanner;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.shared.ChunkSize;
import io.tidemark.database.shared.TableCache;
import io.tidemark.schema.Table;
import io.tidemark.schema.ValueType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cuts by arithmetic where the key's integers are evenly spread, and otherwise by probing the key's
 * index for the key that is so many rows further on, which reads no more of it than that. Borrows
 * its connection.
 */
public final class MySqlChunkPlanner implements ChunkPlanner {

  /** Integers are evenly spread enough if about every second one is there. */
  private static final long EVEN_SPREAD = 2;

  /** The least and the greatest value of the key's first column. */
  private record Span(BigInteger least, BigInteger greatest) {}

  /**
   * What is known of a table.
   *
   * @param bytes what it takes on disk, with its large values
   * @param span if the key is one integer and there are rows
   */
  private record Statistics(long rows, long bytes, String forceIndex, Optional<Span> span) {}

  private final MySqlQueries queries;

  private final TableCache<Statistics> statistics;

  /**
   * @param queries borrowed; a table's statistics are asked for when the table is first met
   */
  public MySqlChunkPlanner(MySqlQueries queries) {
    this.queries = queries;
    this.statistics = new TableCache<>(this::read);
  }

  @Override
  public long estimateRows(Table table) {
    return queries
        .first(
            "estimating the rows of table " + table.id(),
            "SELECT coalesce(TABLE_ROWS, 0) FROM information_schema.TABLES"
                + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
            row -> row.getLong(1),
            table.id().schema(),
            table.id().name())
        .orElse(0L);
  }

  @Override
  public Optional<Key> nextBoundary(Table table, Optional<Key> from, Optional<Key> to, long asked) {
    if (table.key().isEmpty() || !new KeyCondition(table).canBeCut()) {
      return Optional.empty();
    }
    Statistics statistics = this.statistics.get(table);
    long rows = ChunkSize.rows(asked, statistics.rows(), statistics.bytes());
    if (statistics.span().isPresent() && isEven(statistics)) {
      return byArithmetic(statistics, from, to, rows);
    }
    return probe(table, statistics, from, to, rows);
  }

  private Statistics read(Table table) {
    return new Statistics(
        estimateRows(table), bytes(table), KeyIndex.force(queries, table), span(table));
  }

  /** With large values, which lie in pages of the clustered index's segment of InnoDB. */
  private long bytes(Table table) {
    return queries
        .first(
            "asking for the size of table " + table.id(),
            "SELECT coalesce(DATA_LENGTH, 0) FROM information_schema.TABLES"
                + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
            row -> row.getLong(1),
            table.id().schema(),
            table.id().name())
        .orElse(0L);
  }

  /** Two index probes (MySQL manual, 10.8.3, "Select tables optimized away"). */
  private Optional<Span> span(Table table) {
    KeyCondition condition = new KeyCondition(table);
    if (condition.columns().size() > 1
        || !(condition.columns().get(0).values() instanceof ValueType.Int)) {
      return Optional.empty();
    }
    String column = Identifiers.quote(condition.columns().get(0).name());
    return queries.one(
        "asking for the least and greatest key of table " + table.id(),
        "SELECT min(" + column + "), max(" + column + ") FROM " + Identifiers.quote(table.id()),
        row ->
            row.getString(1) == null
                ? Optional.empty()
                : Optional.of(
                    new Span(new BigInteger(row.getString(1)), new BigInteger(row.getString(2)))));
  }

  private static boolean isEven(Statistics statistics) {
    Span span = statistics.span().orElseThrow();
    BigInteger width = span.greatest().subtract(span.least());
    return width.compareTo(BigInteger.valueOf(statistics.rows() * EVEN_SPREAD)) <= 0;
  }

  private static Optional<Key> byArithmetic(
      Statistics statistics, Optional<Key> from, Optional<Key> to, long rows) {
    Span span = statistics.span().orElseThrow();
    BigInteger width = span.greatest().subtract(span.least()).add(BigInteger.ONE);
    BigInteger step =
        width
            .multiply(BigInteger.valueOf(rows))
            .divide(BigInteger.valueOf(Math.max(1, statistics.rows())))
            .max(BigInteger.ONE);
    BigInteger end = from.map(MySqlChunkPlanner::integer).orElse(span.least()).add(step);
    boolean inside =
        end.compareTo(span.greatest()) <= 0
            && to.map(key -> end.compareTo(integer(key)) < 0).orElse(true);
    return inside ? Optional.of(new Key(List.of(end.toString()))) : Optional.empty();
  }

  private static BigInteger integer(Key key) {
    return new BigInteger(key.values().get(0));
  }

  /** The key that is {@code rows} rows after the lower bound. */
  private Optional<Key> probe(
      Table table, Statistics statistics, Optional<Key> from, Optional<Key> to, long rows) {
    KeyCondition condition = new KeyCondition(table);
    List<String> conditions = new ArrayList<>();
    from.ifPresent(key -> conditions.add(condition.above(key)));
    to.ifPresent(key -> conditions.add(condition.below(key)));
    return queries.first(
        "probing the key of table " + table.id(),
        "SELECT "
            + condition.list()
            + " FROM "
            + Identifiers.quote(table.id())
            + statistics.forceIndex()
            + (conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions))
            + " ORDER BY "
            + condition.list()
            + " LIMIT 1 OFFSET "
            + Math.max(1, from.isPresent() ? rows - 1 : rows),
        row -> {
          List<byte[]> fields = new ArrayList<>();
          for (int i = 1; i <= condition.columns().size(); i++) {
            fields.add(row.getBytes(i));
          }
          return KeyCondition.key(table, fields);
        });
  }
}
