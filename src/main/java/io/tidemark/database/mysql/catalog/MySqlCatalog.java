package io.tidemark.database.mysql.catalog;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.shared.MissingColumns;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Reads which tables of a source are selected, and what names their rows.
 *
 * <p>Views, temporary tables, MariaDB's sequences and the tables of the system's databases and of
 * Tidemark's are never selected. A constant number of queries, however many tables there are, but
 * for one for each table that has several unique keys and no primary one.
 */
public final class MySqlCatalog {

  /** Goes on from the name of a column that holds databases' names. */
  public static final String NOT_OURS =
      " NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema', 'ndbinfo',"
          + " 'tidemark')";

  private static final String TABLES =
      """
      SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, coalesce(ENGINE, '') AS ENGINE,
             coalesce(TABLE_COLLATION, '') AS TABLE_COLLATION
      FROM information_schema.TABLES
      WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND TABLE_SCHEMA
      """
              .stripTrailing()
          + NOT_OURS;

  private static final String COLUMNS =
      """
      SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE,
             DATA_TYPE, COLUMN_TYPE, EXTRA, GENERATION_EXPRESSION, coalesce(CHARACTER_MAXIMUM_LENGTH, 0) AS LENGTH,
             coalesce(NUMERIC_PRECISION, 0) AS DIGITS, coalesce(NUMERIC_SCALE, 0) AS SCALE,
             coalesce(DATETIME_PRECISION, 0) AS FRACTION,
             coalesce(CHARACTER_SET_NAME, '') AS CHARSET, coalesce(COLLATION_NAME, '') AS COLLATION
      FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA
      """
              .stripTrailing()
          + NOT_OURS
          + " ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION";

  private static final String INDEXES =
      """
      SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME,
             coalesce(SUB_PART, 0) AS SUB_PART, coalesce(COLLATION, 'A') AS DIRECTION, INDEX_TYPE
      FROM information_schema.STATISTICS
      WHERE TABLE_SCHEMA
      """
              .stripTrailing()
          + NOT_OURS
          + " ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX";

  /**
   * A selected table.
   *
   * @param table what is copied of it
   * @param columns all that it has, in their order in the table
   * @param keyIndex the name of the index that serves as key; empty if there is none
   * @param indexes all of them, the primary key among them, by name
   * @param engine the storage engine
   * @param versioned whether MariaDB keeps the rows' history in it
   */
  public record Entry(
      Table table,
      List<MySqlColumn> columns,
      String keyIndex,
      List<IndexEntry> indexes,
      String engine,
      String collation,
      boolean versioned) {
    public Entry {
      columns = List.copyOf(columns);
      indexes = List.copyOf(indexes);
    }
  }

  /**
   * An index.
   *
   * @param type {@code BTREE}, {@code FULLTEXT}, {@code SPATIAL}, {@code HASH}
   */
  record IndexEntry(String name, boolean unique, String type, List<IndexColumn> parts) {
    IndexEntry {
      parts = List.copyOf(parts);
    }

    boolean primary() {
      return name.equals("PRIMARY");
    }

    /** Whether it is over whole columns and no expressions. */
    boolean plain() {
      return type.equals("BTREE")
          && parts.stream().allMatch(part -> part.prefix() == 0 && !part.column().isEmpty());
    }

    List<String> columns() {
      return parts.stream().map(IndexColumn::column).toList();
    }
  }

  /**
   * A part of an index.
   *
   * @param column empty for an expression
   * @param prefix how many characters of it are indexed; 0 for all
   */
  record IndexColumn(String column, long prefix, boolean descending) {}

  /** A type that Tidemark does not copy. */
  public record UnknownType(TableId table, String column, String type) {}

  private record Found(TableId id, String engine, String collation, boolean versioned) {}

  private final MySqlQueries queries;
  private final Selection selection;
  private final List<UnknownType> unknown = new ArrayList<>();

  private MySqlCatalog(MySqlQueries queries, Selection selection) {
    this.queries = queries;
    this.selection = selection;
  }

  /**
   * The selected tables, by name.
   *
   * @throws DatabaseException fatal, if none is, or one cannot be copied as it is
   */
  public static List<Table> tables(MySqlQueries queries, Selection selection) {
    return entries(queries, selection).stream().map(Entry::table).toList();
  }

  /** The same with what the catalog has beside. */
  public static List<Entry> entries(MySqlQueries queries, Selection selection) {
    MySqlCatalog catalog = new MySqlCatalog(queries, selection);
    List<Entry> entries = catalog.read();
    if (!catalog.unknown.isEmpty()) {
      UnknownType first = catalog.unknown.get(0);
      throw new DatabaseException(
          Kind.FATAL,
          "column "
              + first.column()
              + " of table "
              + first.table()
              + " has type "
              + first.type()
              + ", which Tidemark does not copy; leave the column out with source.columns");
    }
    if (entries.isEmpty()) {
      throw new DatabaseException(
          Kind.FATAL,
          "source.tables selects no table: "
              + selection.patterns()
              + "; a table is written database.table, names are matched exactly, case included, and"
              + " only tables that the account may read are seen");
    }
    return entries;
  }

  /** The selected tables' names alone, in order; none if none is there. */
  public static List<TableId> names(MySqlQueries queries, Selection selection) {
    return List.copyOf(new MySqlCatalog(queries, selection).found().keySet());
  }

  /** The columns of selected tables whose types Tidemark does not copy. */
  public static List<UnknownType> unknownTypes(MySqlQueries queries, Selection selection) {
    MySqlCatalog catalog = new MySqlCatalog(queries, selection);
    catalog.read();
    return catalog.unknown;
  }

  private List<Entry> read() {
    Map<TableId, Found> tables = found();
    if (tables.isEmpty()) {
      return List.of();
    }
    boolean mariaDb = queries.version().isMariaDb();
    Map<TableId, List<MySqlColumn>> columns = columns(tables, mariaDb);
    Map<TableId, List<IndexEntry>> indexes = indexes(tables);
    List<Entry> entries = new ArrayList<>();
    for (Found found : tables.values()) {
      List<MySqlColumn> all = columns.getOrDefault(found.id(), List.of());
      List<IndexEntry> ofTable = indexes.getOrDefault(found.id(), List.of());
      List<Column> selected = select(found.id(), all);
      Optional<IndexEntry> key = key(found.id(), all, selected, ofTable);
      entries.add(
          new Entry(
              new Table(found.id(), selected, key.map(IndexEntry::columns).map(PrimaryKey::new)),
              all,
              key.map(IndexEntry::name).orElse(""),
              ofTable,
              found.engine(),
              found.collation(),
              found.versioned()));
    }
    return entries;
  }

  private Map<TableId, Found> found() {
    Map<TableId, Found> tables = new TreeMap<>();
    queries.list(
        "reading the catalog's tables",
        TABLES,
        row -> {
          TableId id = new TableId(row.getString("TABLE_SCHEMA"), row.getString("TABLE_NAME"));
          if (selection.selects(id)) {
            tables.put(
                id,
                new Found(
                    id,
                    row.getString("ENGINE"),
                    row.getString("TABLE_COLLATION"),
                    row.getString("TABLE_TYPE").equals("SYSTEM VERSIONED")));
          }
          return id;
        });
    return tables;
  }

  private Map<TableId, List<MySqlColumn>> columns(Map<TableId, Found> tables, boolean mariaDb) {
    Map<TableId, List<MySqlColumn>> columns = new HashMap<>();
    CatalogColumns reader = new CatalogColumns(mariaDb, selection.booleans());
    queries.list(
        "reading the catalog's columns",
        COLUMNS,
        row -> {
          TableId id = new TableId(row.getString("TABLE_SCHEMA"), row.getString("TABLE_NAME"));
          if (tables.containsKey(id)) {
            MySqlColumn column = reader.read(row);
            columns.computeIfAbsent(id, any -> new ArrayList<>()).add(column);
          }
          return id;
        });
    return columns;
  }

  private Map<TableId, List<IndexEntry>> indexes(Map<TableId, Found> tables) {
    record Part(TableId table, String index, boolean unique, String type, IndexColumn column) {}
    List<Part> parts =
        queries.list(
            "reading the catalog's indexes",
            INDEXES,
            row ->
                new Part(
                    new TableId(row.getString("TABLE_SCHEMA"), row.getString("TABLE_NAME")),
                    row.getString("INDEX_NAME"),
                    row.getInt("NON_UNIQUE") == 0,
                    row.getString("INDEX_TYPE"),
                    new IndexColumn(
                        Optional.ofNullable(row.getString("COLUMN_NAME")).orElse(""),
                        row.getLong("SUB_PART"),
                        row.getString("DIRECTION").equals("D"))));
    Map<TableId, List<IndexEntry>> indexes = new HashMap<>();
    parts.stream()
        .filter(part -> tables.containsKey(part.table()))
        .collect(
            Collectors.groupingBy(
                Part::table,
                Collectors.groupingBy(Part::index, LinkedHashMap::new, Collectors.toList())))
        .forEach(
            (table, byName) ->
                byName.forEach(
                    (name, ofIndex) ->
                        indexes
                            .computeIfAbsent(table, any -> new ArrayList<>())
                            .add(
                                new IndexEntry(
                                    name,
                                    ofIndex.get(0).unique(),
                                    ofIndex.get(0).type(),
                                    ofIndex.stream().map(Part::column).toList()))));
    return indexes;
  }

  /** Generated columns do not travel: the target computes them. */
  private List<Column> select(TableId id, List<MySqlColumn> columns) {
    List<String> wanted =
        selection
            .columnsOf(id)
            .orElseGet(
                () ->
                    columns.stream()
                        .filter(column -> !column.generated())
                        .map(MySqlColumn::name)
                        .toList());
    List<MySqlColumn> selected =
        columns.stream()
            .filter(column -> !column.generated() && wanted.contains(column.name()))
            .toList();
    List<String> names = selected.stream().map(MySqlColumn::name).toList();
    if (!names.containsAll(wanted)) {
      throw MissingColumns.of(
          id,
          wanted.stream().filter(name -> !names.contains(name)).toList(),
          columns.stream().map(MySqlColumn::name).toList());
    }
    for (MySqlColumn column : selected) {
      if (CatalogColumns.isUnknown(column)) {
        unknown.add(new UnknownType(id, column.name(), column.column().type()));
      }
    }
    return selected.stream().map(MySqlColumn::column).toList();
  }

  /**
   * The primary key, or else the unique key that the server itself takes for one where a row image
   * is minimal: the first in its own order whose columns cannot be null (MySQL manual, 19.1.6.4,
   * {@code binlog_row_image}).
   */
  private Optional<IndexEntry> key(
      TableId id, List<MySqlColumn> columns, List<Column> selected, List<IndexEntry> indexes) {
    Map<String, MySqlColumn> byName =
        columns.stream().collect(Collectors.toMap(MySqlColumn::name, column -> column));
    requireShown(id, byName.keySet(), indexes);
    List<IndexEntry> candidates =
        indexes.stream()
            .filter(index -> index.unique() && index.plain())
            .filter(
                index ->
                    index.columns().stream()
                        .map(byName::get)
                        .allMatch(column -> !column.column().nullable() && !column.generated()))
            .toList();
    if (candidates.isEmpty() || indexes.stream().anyMatch(i -> i.primary() && !i.plain())) {
      return Optional.empty();
    }
    IndexEntry chosen =
        candidates.stream()
            .filter(IndexEntry::primary)
            .findFirst()
            .orElseGet(() -> candidates.size() == 1 ? candidates.get(0) : first(id, candidates));
    List<String> names = selected.stream().map(Column::name).toList();
    if (!names.containsAll(chosen.columns())) {
      throw new DatabaseException(
          Kind.FATAL,
          "the columns that the job selects of table "
              + id
              + " lack part of its key "
              + chosen.columns()
              + "; add it to the selection");
    }
    return Optional.of(chosen);
  }

  /** Whoever may read some columns of a table only is shown its indexes, and not their columns. */
  private static void requireShown(TableId id, Set<String> shown, List<IndexEntry> indexes) {
    for (IndexEntry index : indexes) {
      for (String column : index.columns()) {
        if (!column.isEmpty() && !shown.contains(column)) {
          throw new DatabaseException(
              Kind.FATAL,
              "the account may not see column "
                  + column
                  + " of table "
                  + id
                  + ", which index "
                  + index.name()
                  + " is over: it may read some of the table's columns only. GRANT SELECT ON "
                  + Identifiers.quote(id)
                  + " TO the account of source.user");
        }
      }
    }
  }

  private IndexEntry first(TableId id, List<IndexEntry> candidates) {
    List<String> order =
        queries.list(
            "reading the order of the indexes of table " + id,
            "SHOW INDEX FROM " + Identifiers.quote(id),
            row -> row.getString("Key_name"));
    return candidates.stream()
        .min(java.util.Comparator.comparingInt(index -> order.indexOf(index.name())))
        .orElseThrow();
  }
}
