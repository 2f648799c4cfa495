package io.tidemark.database.postgres.compare;

import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.TableReader;
import io.tidemark.database.jdbc.Queries;
import io.tidemark.database.postgres.session.StreamSource;
import io.tidemark.database.postgres.snapshot.CopyLine;
import io.tidemark.database.postgres.snapshot.PostgresSession;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One of two PostgreSQL databases that are compared to the byte: rows hold their values' text,
 * generated columns among them, and only a primary key names a row. Everything but sequences is
 * read from one snapshot.
 */
public final class PostgresSide implements TableReader {

  private static final String COLUMNS =
      """
      SELECT n.nspname, c.relname, a.attname,
             pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull,
             (SELECT k.place
              FROM pg_catalog.pg_index AS i,
                   pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
              WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts
                AND k.attnum = a.attnum) AS key_place
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
        AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'tidemark')
        AND a.attnum > 0 AND NOT a.attisdropped
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                          AND d.objid = c.oid AND d.deptype = 'e')
      ORDER BY n.nspname, c.relname, a.attnum
      """;

  private static final String SEQUENCES =
      "SELECT schemaname, sequencename, last_value FROM pg_catalog.pg_sequences"
          + " WHERE last_value IS NOT NULL AND schemaname <> 'tidemark'";

  private static final String INDEXES_AND_CONSTRAINTS =
      """
      SELECT n.nspname, c.relname, 'index ' || i.relname AS what
      FROM pg_catalog.pg_index AS x
      JOIN pg_catalog.pg_class AS c ON c.oid = x.indrelid
      JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE x.indisvalid AND x.indisready
      UNION ALL
      SELECT n.nspname, c.relname,
             CASE WHEN k.convalidated THEN 'constraint ' ELSE 'not yet valid constraint ' END
               || k.conname
      FROM pg_catalog.pg_constraint AS k
      JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      """;

  /** What the catalog says of a table. */
  private record Found(Map<String, Column> columns, SortedMap<Integer, String> key) {
    Found() {
      this(new LinkedHashMap<>(), new TreeMap<>());
    }

    Table selected(TableId id, Selection selection) {
      List<Column> selected = new ArrayList<>();
      for (String name : selection.columnsOf(id).orElseGet(() -> List.copyOf(columns.keySet()))) {
        Column column = columns.get(name);
        if (column == null) {
          throw new DatabaseException(
              DatabaseException.Kind.FATAL,
              "table " + id + " has no column " + name + ", which the selection names");
        }
        selected.add(column);
      }
      List<String> names = selected.stream().map(Column::name).toList();
      boolean named = !key.isEmpty() && names.containsAll(key.values());
      return new Table(
          id,
          selected,
          named ? Optional.of(new PrimaryKey(List.copyOf(key.values()))) : Optional.empty());
    }
  }

  private final PostgresSession session;
  private final List<Table> tables;

  private PostgresSide(PostgresSession session, List<Table> tables) {
    this.session = session;
    this.tables = tables;
  }

  /**
   * Opens a snapshot of the tables that the source's selection names.
   *
   * @throws DatabaseException if the database cannot be read
   */
  public static PostgresSide open(StreamSource source) {
    PostgresSession session = PostgresSession.openForComparison(source);
    try {
      return new PostgresSide(session, tables(session.queries(), source.selection()));
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static List<Table> tables(Queries queries, Selection selection) {
    SortedMap<TableId, Found> found = new TreeMap<>();
    queries.list(
        "reading the catalog",
        COLUMNS,
        row -> {
          Found table =
              found.computeIfAbsent(
                  new TableId(row.getString("nspname"), row.getString("relname")),
                  id -> new Found());
          String name = row.getString("attname");
          table
              .columns()
              .put(name, new Column(name, row.getString("type"), !row.getBoolean("attnotnull")));
          int place = row.getInt("key_place");
          if (!row.wasNull()) {
            table.key().put(place, name);
          }
          return table;
        });
    List<Table> tables = new ArrayList<>();
    found.forEach(
        (id, table) -> {
          if (selection.selects(id)) {
            tables.add(table.selected(id, selection));
          }
        });
    return tables;
  }

  @Override
  public List<Table> tables() {
    return List.copyOf(tables);
  }

  @Override
  public void read(Table table, Rows rows) throws InterruptedException {
    CopyLine line = new CopyLine(table.id(), table.columns().size());
    session.read(
        table,
        KeyRange.everything(),
        (bytes, length) -> {
          for (int at = 0; at < length; ) {
            at = line.read(bytes, at, length);
            rows.take(row(bytes, line));
          }
        });
  }

  private static Row row(byte[] bytes, CopyLine line) {
    Row.Builder row = Row.builder(bytes, line.fields());
    for (int field = 0; field < line.fields(); field++) {
      if (line.isNull(field)) {
        row.setNull(field);
      } else {
        row.setValue(field, line.offset(field), line.length(field));
      }
    }
    return row.build();
  }

  @Override
  public SortedMap<TableId, Long> sequences() {
    SortedMap<TableId, Long> sequences = new TreeMap<>();
    session
        .queries()
        .list(
            "reading the sequences",
            SEQUENCES,
            row -> sequences.put(new TableId(row.getString(1), row.getString(2)), row.getLong(3)));
    return sequences;
  }

  @Override
  public SortedMap<TableId, SortedSet<String>> indexesAndConstraints() {
    SortedMap<TableId, SortedSet<String>> names = new TreeMap<>();
    session
        .queries()
        .list(
            "reading the indexes and constraints",
            INDEXES_AND_CONSTRAINTS,
            row ->
                names
                    .computeIfAbsent(
                        new TableId(row.getString(1), row.getString(2)), id -> new TreeSet<>())
                    .add(row.getString(3)));
    return names;
  }

  @Override
  public void close() {
    session.close();
  }
}
