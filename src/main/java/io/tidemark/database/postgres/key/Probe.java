package io.tidemark.database.postgres.key;

import io.tidemark.change.Key;
import io.tidemark.database.postgres.catalog.SourceTable;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks into a key's index, strictly between two bounds, for a key that is there. */
final class Probe {

  private final PostgresQueries queries;
  private final Table table;
  private final SourceTable known;
  private final KeyCondition condition;
  private final Optional<Key> from;
  private final Optional<Key> to;

  Probe(
      PostgresQueries queries,
      Table table,
      SourceTable known,
      Optional<Key> from,
      Optional<Key> to) {
    this.queries = queries;
    this.table = table;
    this.known = known;
    this.condition = new KeyCondition(table);
    this.from = from;
    this.to = to;
  }

  /** The first key whose leading column is at or above {@code leading}. */
  Optional<Key> atOrAfter(String leading) {
    Column column = condition.columns().get(0);
    return first(
        Identifiers.quote(column.name())
            + " >= "
            + Identifiers.literal(leading)
            + "::"
            + column.type(),
        0);
  }

  /** The key that is {@code rows} rows after the lower bound. */
  Optional<Key> rowsAhead(long rows) {
    return first("true", Math.max(1, from.isPresent() ? rows - 1 : rows));
  }

  private Optional<Key> first(String where, long offset) {
    StringBuilder sql = new StringBuilder("SELECT ").append(condition.selectText());
    sql.append(" FROM ").append(known.from(table)).append(" AS t WHERE ").append(where);
    from.ifPresent(
        key ->
            sql.append(" AND ")
                .append(condition.tuple())
                .append(" > ")
                .append(condition.tuple(key)));
    to.ifPresent(
        key ->
            sql.append(" AND ")
                .append(condition.tuple())
                .append(" < ")
                .append(condition.tuple(key)));
    sql.append(" ORDER BY ").append(condition.order("t"));
    sql.append(" OFFSET ").append(offset).append(" LIMIT 1");
    String what = "probing the key of table " + table.id();
    // Without statistics the planner might read and sort the table; the index is what is meant.
    queries.execute(
        what,
        "BEGIN READ ONLY; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off;"
            + " SET LOCAL enable_bitmapscan = off; SET LOCAL search_path = "
            + known.searchPath());
    try {
      return queries.first(what, sql.toString(), this::key);
    } finally {
      queries.execute(what, "ROLLBACK");
    }
  }

  private Key key(ResultSet row) throws SQLException {
    List<String> values = new ArrayList<>();
    for (int i = 1; i <= condition.columns().size(); i++) {
      values.add(row.getString(i));
    }
    return new Key(values);
  }
}
