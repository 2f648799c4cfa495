package io.tidemark.database.postgres.control;

import io.tidemark.change.Key;
import io.tidemark.change.SequenceValue;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.database.SourceLookup;
import io.tidemark.database.postgres.catalog.AutomaticColumn;
import io.tidemark.database.postgres.key.KeyOrder;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.PostgresQueries;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.postgres.session.StreamSource.Role;
import io.tidemark.database.shared.KeyComparison;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The log reader's connection for short questions. */
public final class PostgresLookup implements SourceLookup {

  private static final int SEQUENCES_PER_QUERY = 500;

  /** From where on a message can be flushed by itself (PostgreSQL 17 manual, 9.28.6). */
  private static final int FLUSHES_MESSAGES = 17;

  private static final String SEQUENCES =
      """
      WITH RECURSIVE relations (oid) AS (
        SELECT c.oid FROM unnest(?::text[]) AS wanted (name)
        JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(wanted.name)
        UNION
        SELECT i.inhrelid FROM relations
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = relations.oid
        JOIN pg_catalog.pg_class AS child ON child.oid = i.inhrelid AND child.relispartition),
      used (oid) AS (
        SELECT d.objid FROM relations
        JOIN pg_catalog.pg_depend AS d
          ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
             AND d.refobjid = relations.oid
             AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
             AND d.deptype IN ('a', 'i')
        UNION
        SELECT d.refobjid FROM relations
        JOIN pg_catalog.pg_attrdef AS a ON a.adrelid = relations.oid
        JOIN pg_catalog.pg_depend AS d
          ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = a.oid
             AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)
      SELECT n.nspname, c.relname FROM used
      JOIN pg_catalog.pg_class AS c ON c.oid = used.oid AND c.relkind = 'S'
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      ORDER BY 1, 2
      """;

  private final PostgresQueries queries;
  private final List<Table> tables;
  private final Map<Table, KeyOrder> orders = new HashMap<>();
  private final Optional<String> nudge;

  /**
   * Connects; if that fails, nothing stays open.
   *
   * @param epoch under which the stream was claimed; the session's name carries it
   * @param tables the announced ones
   */
  public PostgresLookup(StreamSource source, long epoch, List<Table> tables) {
    this.tables = List.copyOf(tables);
    this.queries = source.open(epoch, Role.LOOKUP);
    try {
      // A transactional message is a commit, which must not wait for a synchronous standby.
      queries.execute("preparing look-ups", "SET synchronous_commit = local");
      this.nudge =
          queries.one(
              "asking for the server's version",
              "SELECT pg_catalog.pg_is_in_recovery(),"
                  + " pg_catalog.current_setting('server_version_num')::integer / 10000",
              row ->
                  row.getBoolean(1)
                      ? Optional.empty()
                      : Optional.of(nudge(row.getInt(2) >= FLUSHES_MESSAGES)));
    } catch (RuntimeException e) {
      queries.close();
      throw e;
    }
  }

  /**
   * Only what is flushed is decoded. Before PostgreSQL 17 nothing flushes a message that belongs to
   * no transaction, so there it is made to belong to one.
   */
  private static String nudge(boolean flushes) {
    return flushes
        ? "SELECT pg_catalog.pg_logical_emit_message(false, 'tidemark', '', true)"
        : "SELECT pg_catalog.pg_logical_emit_message(true, 'tidemark', '')";
  }

  @Override
  public SnapshotPosition visible() {
    return queries.visible();
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

  /** The tables that number their rows, each with its sequence. */
  public Map<TableId, TableId> numberedTables() {
    Map<TableId, TableId> numbered = new HashMap<>();
    queries.list(
        "looking for the columns that number rows",
        AutomaticColumn.SELECT,
        row -> {
          AutomaticColumn column = AutomaticColumn.read(row);
          return numbered.put(column.table(), column.sequence());
        },
        tables.stream().map(table -> table.id().schema()).toArray(String[]::new),
        tables.stream().map(table -> table.id().name()).toArray(String[]::new));
    return numbered;
  }

  @Override
  public List<SequenceValue> sequences() {
    List<TableId> names =
        queries.list(
            "looking for the tables' sequences",
            SEQUENCES,
            row -> new TableId(row.getString(1), row.getString(2)),
            (Object)
                tables.stream().map(table -> Identifiers.quote(table.id())).toArray(String[]::new));
    List<SequenceValue> values = new ArrayList<>();
    for (int from = 0; from < names.size(); from += SEQUENCES_PER_QUERY) {
      List<TableId> batch = names.subList(from, Math.min(names.size(), from + SEQUENCES_PER_QUERY));
      values.addAll(values(batch));
    }
    return values;
  }

  private List<SequenceValue> values(List<TableId> sequences) {
    String sql =
        sequences.stream()
            .map(
                id ->
                    "SELECT "
                        + Identifiers.literal(id.schema())
                        + ", "
                        + Identifiers.literal(id.name())
                        + ", last_value, is_called FROM "
                        + Identifiers.quote(id))
            .collect(Collectors.joining(" UNION ALL "));
    return queries.list(
        "reading the tables' sequences",
        sql,
        row ->
            new SequenceValue(
                new TableId(row.getString(1), row.getString(2)),
                row.getLong(3),
                row.getBoolean(4)));
  }

  @Override
  public void nudgeLog() {
    nudge.ifPresent(sql -> queries.one("writing a message to the log", sql, row -> true));
  }

  @Override
  public void close() {
    queries.close();
  }
}
