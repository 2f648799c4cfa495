package io.tidemark.database.postgres.catalog;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.postgres.session.PostgresErrors;
import io.tidemark.database.shared.MissingColumns;
import io.tidemark.schema.Column;
import io.tidemark.schema.Known;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads which tables of a source are selected, and what names their rows.
 *
 * <p>A partitioned table is one table, its root; the children of ordinary inheritance are tables of
 * their own. Views, foreign and temporary tables, tables of extensions and the system's and
 * Tidemark's schemas are never selected, and unlogged tables not either, because no log tells of
 * them.
 *
 * <p>A constant number of queries, however many tables there are.
 */
public final class PostgresCatalog {

  /** What the log carries of an old row ({@code ALTER TABLE … REPLICA IDENTITY}). */
  public enum ReplicaIdentity {
    /** The columns of the primary key. */
    DEFAULT,
    /** The columns of a unique index that was named. */
    INDEX,
    /** All columns. */
    FULL,
    /** None, so that an update or delete does not say of which row. */
    NOTHING;

    static ReplicaIdentity of(String code) {
      return switch (code) {
        case "d" -> DEFAULT;
        case "i" -> INDEX;
        case "f" -> FULL;
        case "n" -> NOTHING;
        default -> throw new IllegalArgumentException("unknown replica identity " + code);
      };
    }
  }

  /**
   * A selected table.
   *
   * @param table what is copied of it
   * @param oid its object id, which another table of the same name would not have
   * @param partitioned whether it is the root of a partitioned table
   * @param identities its replica identity; for a partitioned table those that its leaves have
   * @param shape what must not change once the table has been copied; see {@link #shape}
   */
  public record Entry(
      Table table, long oid, boolean partitioned, Set<ReplicaIdentity> identities, String shape) {
    public Entry {
      identities = Set.copyOf(identities);
    }
  }

  private static final String RELATIONS =
      """
      SELECT c.oid, n.nspname, c.relname, c.relkind = 'p' AS partitioned, c.relreplident,
             c.relpersistence,
             CASE WHEN c.relkind = 'p' THEN
               (SELECT pg_catalog.string_agg(DISTINCT leaf.relreplident::text, '')
                FROM pg_catalog.pg_partition_tree(c.oid) AS t
                JOIN pg_catalog.pg_class AS leaf ON leaf.oid = t.relid
                WHERE t.isleaf AND leaf.relkind = 'r') END AS leaf_identities
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'tidemark')
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                          AND d.objid = c.oid AND d.deptype = 'e')
      """;

  private static final String COLUMNS =
      """
      SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
             a.attnotnull, a.attgenerated <> '' AS generated, a.attnum
      FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = ANY (?) AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attrelid, a.attnum
      """;

  /** Unique indexes that tell every row apart at any time (the same that can be an identity). */
  private static final String KEYS =
      """
      SELECT i.indrelid, i.indisprimary, i.indisreplident,
             (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.ord)
              FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k(attnum, ord)
              JOIN pg_catalog.pg_attribute AS a
                ON a.attrelid = i.indrelid AND a.attnum = k.attnum
              WHERE k.ord <= i.indnkeyatts) AS columns
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
      WHERE i.indrelid = ANY (?) AND i.indisunique AND i.indimmediate AND i.indisvalid
        AND i.indpred IS NULL AND i.indexprs IS NULL
        AND NOT EXISTS (SELECT FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k(attnum, ord)
                        JOIN pg_catalog.pg_attribute AS a
                          ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                        WHERE k.ord <= i.indnkeyatts AND NOT a.attnotnull)
      ORDER BY i.indrelid, i.indnkeyatts, c.relname
      """;

  private record Relation(
      long oid, TableId id, boolean partitioned, Set<ReplicaIdentity> identities) {}

  private record CatalogColumn(Column column, boolean generated, int number) {}

  private record Candidate(boolean primary, boolean identity, List<String> columns) {}

  private final Connection connection;
  private final Selection selection;

  private PostgresCatalog(Connection connection, Selection selection) {
    this.connection = connection;
    this.selection = selection;
  }

  /** The selected tables, by schema and name. */
  public static List<Table> tables(Connection connection, Selection selection) {
    return entries(connection, selection).stream().map(Entry::table).toList();
  }

  /**
   * The selected tables with what the catalog says about them, by schema and name.
   *
   * @throws DatabaseException fatal, if the selection names columns that are not there or leaves
   *     out a column of the key
   */
  public static List<Entry> entries(Connection connection, Selection selection) {
    return new PostgresCatalog(connection, selection).read();
  }

  private List<Entry> read() {
    try {
      List<Relation> relations = relations();
      Long[] oids = relations.stream().map(Relation::oid).toArray(Long[]::new);
      Map<Long, List<CatalogColumn>> columns = columns(oids);
      Map<Long, List<Candidate>> candidates = candidates(oids);
      List<Entry> entries = new ArrayList<>();
      for (Relation relation : relations) {
        List<Column> selected =
            select(relation.id(), columns.getOrDefault(relation.oid(), List.of()));
        if (!selected.isEmpty()) {
          Optional<PrimaryKey> key =
              key(relation, selected, candidates.getOrDefault(relation.oid(), List.of()));
          entries.add(
              new Entry(
                  new Table(relation.id(), selected, key),
                  relation.oid(),
                  relation.partitioned(),
                  relation.identities(),
                  shape(relation.id(), selected, key, Known.require(columns, relation.oid()))));
        }
      }
      return entries;
    } catch (SQLException e) {
      throw PostgresErrors.classify("reading the source's catalog", e);
    }
  }

  /**
   * Tells apart what must not change once a table has been copied: which columns travel (by number
   * too, since a column that was dropped and added again is another one), their types, the key that
   * its ranges are made of, and which rows are wanted. Sixteen hexadecimal digits.
   */
  private String shape(
      TableId id, List<Column> selected, Optional<PrimaryKey> key, List<CatalogColumn> columns) {
    Map<String, Integer> numbers = new HashMap<>();
    columns.forEach(column -> numbers.put(column.column().name(), column.number()));
    StringBuilder text = new StringBuilder();
    for (Column column : selected) {
      text.append(numbers.get(column.name())).append(' ').append(column.type()).append('\n');
    }
    key.ifPresent(
        named -> named.columns().forEach(column -> text.append(numbers.get(column)).append(',')));
    selection.filterOf(id).ifPresent(filter -> text.append('\n').append(filter));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private List<Relation> relations() throws SQLException {
    List<Relation> relations = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(RELATIONS);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        TableId id = new TableId(rows.getString("nspname"), rows.getString("relname"));
        if (!selection.selects(id)) {
          continue;
        }
        if (rows.getString("relpersistence").equals("u")) {
          continue;
        }
        String leaves = rows.getString("leaf_identities");
        Set<ReplicaIdentity> identities = new LinkedHashSet<>();
        for (String code : (leaves == null ? rows.getString("relreplident") : leaves).split("")) {
          identities.add(ReplicaIdentity.of(code));
        }
        relations.add(
            new Relation(rows.getLong("oid"), id, rows.getBoolean("partitioned"), identities));
      }
    }
    relations.sort(Comparator.comparing(Relation::id));
    return relations;
  }

  private Map<Long, List<CatalogColumn>> columns(Long[] oids) throws SQLException {
    Map<Long, List<CatalogColumn>> columns = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
      statement.setArray(1, connection.createArrayOf("oid", oids));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          Column column =
              new Column(
                  rows.getString("attname"),
                  rows.getString("type"),
                  !rows.getBoolean("attnotnull"));
          columns
              .computeIfAbsent(rows.getLong("attrelid"), oid -> new ArrayList<>())
              .add(new CatalogColumn(column, rows.getBoolean("generated"), rows.getInt("attnum")));
        }
      }
    }
    return columns;
  }

  private Map<Long, List<Candidate>> candidates(Long[] oids) throws SQLException {
    Map<Long, List<Candidate>> candidates = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(KEYS)) {
      statement.setArray(1, connection.createArrayOf("oid", oids));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          candidates
              .computeIfAbsent(rows.getLong("indrelid"), oid -> new ArrayList<>())
              .add(
                  new Candidate(
                      rows.getBoolean("indisprimary"),
                      rows.getBoolean("indisreplident"),
                      List.of((String[]) rows.getArray("columns").getArray())));
        }
      }
    }
    return candidates;
  }

  /** Generated columns do not travel: the target computes them. */
  private List<Column> select(TableId id, List<CatalogColumn> columns) {
    List<String> wanted = selection.columnsOf(id).orElse(null);
    if (wanted == null) {
      return columns.stream()
          .filter(column -> !column.generated())
          .map(CatalogColumn::column)
          .toList();
    }
    List<Column> selected =
        columns.stream()
            .filter(column -> !column.generated() && wanted.contains(column.column().name()))
            .map(CatalogColumn::column)
            .toList();
    List<String> missing =
        wanted.stream()
            .filter(name -> selected.stream().noneMatch(column -> column.name().equals(name)))
            .toList();
    if (!missing.isEmpty()) {
      throw MissingColumns.of(
          id, missing, columns.stream().map(column -> column.column().name()).toList());
    }
    return selected;
  }

  /**
   * What names a row must be in every old row that the log carries: the primary key under the
   * default identity, the identity's index where one is set, and under full identity whatever is
   * unique. A key that is deferrable does not tell rows apart within a transaction and is none.
   */
  private Optional<PrimaryKey> key(
      Relation relation, List<Column> selected, List<Candidate> candidates) {
    Optional<Candidate> chosen;
    if (relation.identities().equals(Set.of(ReplicaIdentity.INDEX))) {
      chosen = candidates.stream().filter(Candidate::identity).findFirst();
    } else if (relation.identities().contains(ReplicaIdentity.INDEX)) {
      chosen = Optional.empty(); // leaves that disagree: only the whole old row would do
    } else {
      chosen = candidates.stream().filter(Candidate::primary).findFirst();
      if (chosen.isEmpty() && relation.identities().equals(Set.of(ReplicaIdentity.FULL))) {
        List<String> names = selected.stream().map(Column::name).toList();
        chosen = candidates.stream().filter(key -> names.containsAll(key.columns())).findFirst();
      }
    }
    chosen.ifPresent(key -> requireSelected(relation.id(), selected, key));
    return chosen.map(key -> new PrimaryKey(key.columns()));
  }

  private static void requireSelected(TableId id, List<Column> selected, Candidate key) {
    List<String> names = selected.stream().map(Column::name).toList();
    if (!names.containsAll(key.columns())) {
      throw new DatabaseException(
          Kind.FATAL,
          "the columns that the job selects of table "
              + id
              + " lack part of its key "
              + key.columns()
              + "; add it to the selection");
    }
  }
}
