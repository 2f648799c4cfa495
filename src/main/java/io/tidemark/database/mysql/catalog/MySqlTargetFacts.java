package io.tidemark.database.mysql.catalog;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.jdbc.TargetFacts;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.ServerVersion;
import io.tidemark.schema.TableId;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What MySQL's or MariaDB's catalog says of tables that are written to.
 *
 * <p>InnoDB gives a table another id when it is emptied by TRUNCATE, or written anew; the catalog
 * has another time of its creation when it was altered, written anew or made, and the same after
 * TRUNCATE (both servers; {@code TargetWatchIT} shows it). The ids are shown to accounts with the
 * privilege PROCESS only (MySQL manual, 28.4.23). Without it a table that is emptied or replaced is
 * not told.
 */
public final class MySqlTargetFacts implements TargetFacts {

  /** More tables than that are looked for in the whole of their schema. */
  private static final int NAMED = 100;

  /** {@code ER_SPECIFIC_ACCESS_DENIED_ERROR}. */
  private static final int LACKS_PRIVILEGE = 1227;

  /**
   * The catalog's times are in seconds, so that a table may be altered twice at one time. Whoever
   * sets a session's {@code timestamp} decides what NOW() says, and not what SYSDATE() does.
   */
  private static final String TABLES =
      "SELECT TABLE_NAME, coalesce(ENGINE, ''), coalesce(CAST(CREATE_TIME AS CHAR), ''),"
          + " coalesce(TIMESTAMPDIFF(SECOND, CREATE_TIME, SYSDATE()) < 3, 0),"
          + " TABLE_TYPE = 'SYSTEM VERSIONED'"
          + " FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?"
          + " AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')";

  private static final String COLUMNS =
      "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, coalesce(COLLATION_NAME, '-'), EXTRA,"
          + " coalesce(GENERATION_EXPRESSION, ''), VERSION(),"
          + " ORDINAL_POSITION"
          + " FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?";

  private static final String TRIGGERS =
      "SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME FROM information_schema.TRIGGERS"
          + " WHERE EVENT_OBJECT_SCHEMA = ?";

  /** Names are in the form that files have; those of partitions have the table's before a #. */
  private static final String IDS =
      "SELECT SUBSTRING_INDEX(SUBSTRING_INDEX(NAME, '/', -1), '#', 1), TABLE_ID"
          + " FROM information_schema.%s WHERE SUBSTRING_INDEX(NAME, '/', 1) = ?"
          + " ORDER BY TABLE_ID";

  /** Since MySQL 8.0.29: how often columns were added or dropped without the rows being written. */
  private static final String VERSIONS =
      "SELECT SUBSTRING_INDEX(SUBSTRING_INDEX(NAME, '/', -1), '#', 1), max(TOTAL_ROW_VERSIONS)"
          + " FROM information_schema.INNODB_TABLES WHERE SUBSTRING_INDEX(NAME, '/', 1) = ?"
          + " GROUP BY 1";

  /** How many statements have added or dropped columns so, of all tables of a MariaDB. */
  private static final String INSTANT_ALTERATIONS =
      "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
          + " WHERE VARIABLE_NAME = 'INNODB_INSTANT_ALTER_COLUMN'";

  private static final String FINISHED =
      "SELECT CASE WHEN finished THEN 'finished' ELSE 'unfinished' END FROM tidemark.progress"
          + " WHERE stream = ?";

  private static final String UNFINISHED = "unfinished";

  /** Behind a count that is of all tables of the server. */
  private static final String OF_THE_SERVER = "server";

  /** Goes on with the server's version and the expression. */
  private static final String GENERATED = "generated ";

  private final boolean ids;

  private MySqlTargetFacts(boolean ids) {
    this.ids = ids;
  }

  /** With all that is to be known, which is asked for once a second. */
  public static MySqlTargetFacts whole() {
    return new MySqlTargetFacts(true);
  }

  /** Without the ids, for which the server looks through all of its tables. */
  public static MySqlTargetFacts ofMeaning() {
    return new MySqlTargetFacts(false);
  }

  /**
   * Whether what tells of a table that was emptied or replaced is found by its name: MySQL writes
   * letters of some alphabets in the names of files in ways of its own.
   */
  public static boolean showsId(MySqlQueries queries, TableId table) {
    return ids(queries, table.schema())
        .filter(
            ids ->
                ids.containsKey(FileNames.of(table.name()))
                    || ids.containsKey(FileNames.of(table.name()).toLowerCase(Locale.ROOT)))
        .isPresent();
  }

  /** Whether the account may see what tells of a table that was emptied or replaced. */
  public static boolean showsIds(MySqlQueries queries) {
    return ids(queries, "tidemark").isPresent();
  }

  @Override
  public Map<TableId, Fact> read(Connection connection, Collection<TableId> tables) {
    MySqlQueries queries = new MySqlQueries(connection);
    Map<TableId, Fact> facts = new TreeMap<>();
    bySchema(tables)
        .forEach(
            (schema, names) -> {
              Catalog catalog = new Catalog(queries, schema, names);
              Map<String, List<String>> columns = catalog.columns();
              catalog
                  .tables()
                  .forEach(
                      (name, table) ->
                          facts.put(
                              new TableId(schema, name),
                              new Fact(
                                  catalog.rowVersions(name)
                                      + String.join("\n", columns.getOrDefault(name, List.of())),
                                  table.created() + " " + catalog.idOf(name),
                                  obstacles(
                                      new TableId(schema, name),
                                      table,
                                      catalog.triggers().getOrDefault(name, List.of())))));
            });
    return facts;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Whatever alters a column gives its table another time of creation. A time that is not over
   * yet tells nothing.
   */
  @Override
  public String digest(Connection connection, Collection<TableId> tables) {
    MySqlQueries queries = new MySqlQueries(connection);
    StringBuilder seen = new StringBuilder();
    bySchema(tables)
        .forEach(
            (schema, names) -> {
              Catalog catalog = new Catalog(queries, schema, names);
              catalog
                  .tables()
                  .forEach(
                      (name, table) -> {
                        seen.append(schema).append('/').append(name).append(' ').append(table);
                        seen.append(' ').append(catalog.idOf(name)).append('\n');
                        if (table.justNow()) {
                          seen.append(System.nanoTime());
                        }
                      });
              seen.append(catalog.triggers()).append(catalog.alterations());
            });
    return seen.toString();
  }

  private static Map<String, List<String>> bySchema(Collection<TableId> tables) {
    return new TreeSet<>(tables)
        .stream()
            .collect(
                Collectors.groupingBy(
                    TableId::schema,
                    TreeMap::new,
                    Collectors.mapping(TableId::name, Collectors.toList())));
  }

  private record Existing(String engine, String created, boolean justNow, boolean versioned) {}

  /** What is said of the tables of one schema, by the names that they are asked for with. */
  private final class Catalog {
    private final MySqlQueries queries;
    private final String schema;
    private final Map<String, String> names = new LinkedHashMap<>();
    private final Map<String, Existing> tables = new LinkedHashMap<>();
    private final Map<String, List<String>> triggers;
    private final Optional<Map<String, String>> tableIds;
    private final ServerVersion version;
    private final String alterations;
    private @Nullable Map<String, String> rowVersions;

    Catalog(MySqlQueries queries, String schema, List<String> wanted) {
      this.queries = queries;
      this.schema = schema;
      wanted.forEach(name -> names.put(name, name));
      if (keepsLowerCase(queries)) {
        wanted.forEach(name -> names.putIfAbsent(name.toLowerCase(Locale.ROOT), name));
      }
      this.version = queries.version();
      this.alterations =
          ids && version.isMariaDb()
              ? queries
                  .first("asking for alterations", INSTANT_ALTERATIONS, row -> row.getString(1))
                  .orElse("0")
              : "";
      list(
          TABLES,
          "TABLE_NAME",
          (name, row) ->
              tables.put(
                  name,
                  new Existing(
                      row.getString(2), row.getString(3), row.getInt(4) == 1, row.getInt(5) == 1)));
      this.triggers = grouped(TRIGGERS, "EVENT_OBJECT_TABLE", row -> row.getString(2));
      this.tableIds = ids ? ids(queries, schema) : Optional.empty();
    }

    /** Whether the server shows names in lower case, whatever they are written in. */
    private static boolean keepsLowerCase(MySqlQueries queries) {
      return queries.one(
          "asking how the target writes names",
          "SELECT @@global.lower_case_table_names = 1",
          row -> row.getBoolean(1));
    }

    Map<String, Existing> tables() {
      return tables;
    }

    Map<String, List<String>> triggers() {
      return triggers;
    }

    /** A line without a column's name, where the server tells. */
    String rowVersions(String table) {
      String count = "";
      if (ids && version.isMariaDb()) {
        count = alterations() + "\t" + OF_THE_SERVER;
      } else if (ids && version.isAtLeast(8, 0, 29)) {
        count = versions().getOrDefault(FileNames.of(table), "");
      }
      return count.isEmpty() ? "" : "\t" + count + "\n";
    }

    /** Read once, and before the tables are. */
    String alterations() {
      return alterations;
    }

    private Map<String, String> versions() {
      if (rowVersions == null) {
        Map<String, String> found = new TreeMap<>();
        if (tableIds.isPresent()) {
          queries.list(
              "asking how often columns of the target's tables came and went",
              VERSIONS,
              row -> found.put(row.getString(1), row.getString(2)),
              FileNames.of(schema));
        }
        rowVersions = found;
      }
      return rowVersions;
    }

    /** The numbers of its parts, or a dash. */
    String idOf(String table) {
      return tableIds
          .map(
              found -> {
                String file = FileNames.of(table);
                return found.getOrDefault(
                    file, found.getOrDefault(file.toLowerCase(Locale.ROOT), "-"));
              })
          .orElse("-");
    }

    /** Sorted by name. */
    Map<String, List<String>> columns() {
      Map<String, List<String>> columns =
          grouped(
              COLUMNS,
              "TABLE_NAME",
              row ->
                  row.getString(2).replace("\\", "\\\\").replace("\n", "\\n")
                      + "\t"
                      + row.getString(3)
                      + "\t"
                      + row.getString(4)
                      + "\t"
                      + givenBy(row.getString(5), row.getString(7), row.getString(6))
                      + "\t"
                      + row.getString(8));
      columns.values().forEach(Collections::sort);
      return columns;
    }

    private interface Line {
      String read(ResultSet row) throws SQLException;
    }

    private interface Taking {
      void take(String name, ResultSet row) throws SQLException;
    }

    private Map<String, List<String>> grouped(String sql, String column, Line line) {
      Map<String, List<String>> found = new TreeMap<>();
      list(
          sql,
          column,
          (name, row) ->
              found.computeIfAbsent(name, unused -> new ArrayList<>()).add(line.read(row)));
      found.values().forEach(Collections::sort);
      return found;
    }

    private void list(String sql, String column, Taking taking) {
      List<Object> parameters = new ArrayList<>();
      parameters.add(schema);
      String condition = "";
      if (names.size() <= NAMED) {
        parameters.addAll(names.keySet());
        condition =
            " AND "
                + column
                + " IN ("
                + String.join(", ", Collections.nCopies(names.size(), "?"))
                + ")";
      }
      queries.list(
          "reading what the target's catalog says of the tables",
          sql + condition,
          row -> {
            String name = names.get(row.getString(1));
            if (name != null) {
              taking.take(name, row);
            }
            return row.getString(1);
          },
          parameters.toArray());
    }
  }

  /**
   * By the names of the tables' files; empty if the account may not see them. MySQL shows a table
   * twice, or not at all, in the moment in which an ALTER TABLE ends.
   */
  private static Optional<Map<String, String>> ids(MySqlQueries queries, String schema) {
    Map<String, Set<String>> ids = new TreeMap<>();
    try {
      queries.list(
          "asking for the ids of the target's tables",
          IDS.formatted(queries.version().isMariaDb() ? "INNODB_SYS_TABLES" : "INNODB_TABLES"),
          row ->
              ids.computeIfAbsent(row.getString(1), unused -> new LinkedHashSet<>())
                  .add(row.getString(2)),
          FileNames.of(schema));
      Map<String, String> printed = new TreeMap<>();
      ids.forEach((file, parts) -> printed.put(file, String.join(",", parts)));
      return Optional.of(printed);
    } catch (DatabaseException e) {
      if (MySqlErrors.is(e, LACKS_PRIVILEGE)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Where a column's values come from, of what the catalog says beside its type. */
  private static String givenBy(String extra, String version, String expression) {
    String upper = extra.toUpperCase(Locale.ROOT).replace("DEFAULT_GENERATED", "");
    if (upper.contains("GENERATED") || upper.contains("PERSISTENT")) {
      // In hexadecimal, as an expression may have any characters.
      return GENERATED
          + version
          + ":"
          + HexFormat.of().formatHex(expression.getBytes(StandardCharsets.UTF_8));
    }
    return upper.contains("ON UPDATE") ? "set by updates" : "-";
  }

  private static List<Obstacle> obstacles(TableId id, Existing table, List<String> triggers) {
    List<Obstacle> obstacles = new ArrayList<>();
    if (!triggers.isEmpty()) {
      obstacles.add(
          new Obstacle(
              "has triggers, which this server fires for replicated rows too: " + triggers,
              "Drop them for as long as the stream runs"));
    }
    if (table.versioned()) {
      obstacles.add(
          new Obstacle(
              "keeps the history of its rows, which a TRUNCATE does not pass by",
              "ALTER TABLE " + Identifiers.quote(id) + " DROP SYSTEM VERSIONING"));
    }
    if (!table.engine().equalsIgnoreCase("InnoDB")) {
      obstacles.add(
          new Obstacle(
              "is of engine '" + table.engine() + "', which takes no part in transactions",
              "ALTER TABLE " + Identifiers.quote(id) + " ENGINE = InnoDB"));
    }
    return obstacles;
  }

  @Override
  public String ledger(Connection connection) {
    return read(connection, List.of(new TableId("tidemark", "progress"))).values().stream()
        .map(MySqlTargetFacts::identity)
        .findFirst()
        .orElse("");
  }

  private static String identity(Fact fact) {
    return id(fact).equals("-") ? fact.file() : id(fact);
  }

  @Override
  public String moment(Connection connection, String stream) {
    return ids ? lastWrite(connection, stream).orElse("") : "";
  }

  @Override
  public boolean momentsArePhases() {
    return true;
  }

  @Override
  public Optional<String> lastWrite(Connection connection, String stream) {
    return new MySqlQueries(connection)
        .first("asking whether the stream is finished", FINISHED, row -> row.getString(1), stream);
  }

  @Override
  public Optional<String> change(Fact before, Fact now) {
    if (before.meaning().equals(now.meaning())) {
      return Optional.empty();
    }
    Map<String, String[]> columns = lines(now);
    Map<String, String[]> formerly = lines(before);
    String[] versions = columns.remove("");
    String[] formerVersions = formerly.remove("");
    for (String[] former : formerly.values()) {
      String[] column = columns.get(former[0]);
      if (column == null) {
        return Optional.of("column " + former[0] + " was dropped or renamed");
      }
      if (isComputedOtherwise(former[3], column[3])) {
        return Optional.of("column " + former[0] + " is computed otherwise than before");
      }
      if (!sourceOf(column[3]).equals(sourceOf(former[3]))) {
        return Optional.of(
            "column "
                + former[0]
                + " takes its values from elsewhere than before (GENERATED, ON UPDATE)");
      }
      if (!column[2].equals(former[2])
          || !(column[1].equals(former[1]) || takesMore(former[1], column[1]))) {
        return Optional.of(
            "column "
                + former[0]
                + " has another type or collation, which may have changed its"
                + " values");
      }
    }
    List<String> order = inOrder(formerly, formerly.keySet());
    if (!order.isEmpty() && !order.equals(inOrder(columns, formerly.keySet()))) {
      return Optional.of("columns were renamed into each other, or put into another order");
    }
    boolean another =
        versions != null && formerVersions != null && !isOfOthers(versions, before, now);
    if (another && alteredSince(formerVersions, versions) > columns.size() - formerly.size()) {
      return Optional.of("a column was dropped and added again, without the values that it had");
    }
    return Optional.empty();
  }

  /**
   * Whether alterations that are counted may only have been of other tables. Where they are counted
   * for all tables together, one of this table is among them only if this one has been altered;
   * then it is taken for the one that was counted.
   */
  private static boolean isOfOthers(String[] counted, Fact before, Fact now) {
    return counted.length > 2 && created(before).equals(created(now));
  }

  /** Counted since; a server that was started again counts from zero. */
  private static long alteredSince(String[] before, String[] now) {
    long former = Long.parseLong(before[1]);
    long count = Long.parseLong(now[1]);
    return count < former ? count : count - former;
  }

  private static Map<String, String[]> lines(Fact fact) {
    Map<String, String[]> lines = new LinkedHashMap<>();
    for (String line : fact.meaning().split("\n")) {
      String[] parts = line.split("\t", -1);
      lines.put(parts[0], parts);
    }
    return lines;
  }

  /** These columns as they stand in the table; facts of an older Tidemark do not tell. */
  private static List<String> inOrder(Map<String, String[]> columns, Set<String> names) {
    return columns.values().stream()
        .filter(column -> column.length > 4 && names.contains(column[0]))
        .sorted(Comparator.comparingInt(column -> Integer.parseInt(column[4])))
        .map(column -> column[0])
        .toList();
  }

  private static String sourceOf(String given) {
    return given.startsWith(GENERATED.strip()) ? GENERATED : given;
  }

  /**
   * By expressions of one version of the server, as each may word them in its own way; facts of an
   * older Tidemark have none.
   */
  private static boolean isComputedOtherwise(String former, String now) {
    int end = former.indexOf(':');
    return former.startsWith(GENERATED)
        && end > 0
        && now.startsWith(former.substring(0, end + 1))
        && !now.equals(former);
  }

  /** A longer varchar stores what it stored. */
  private static boolean takesMore(String former, String now) {
    return former.matches("varchar\\(\\d+\\)")
        && now.matches("varchar\\(\\d+\\)")
        && Long.parseLong(now.replaceAll("\\D", "")) > Long.parseLong(former.replaceAll("\\D", ""));
  }

  @Override
  public boolean isMoved(Fact before, Fact now) {
    return !id(before).equals("-") && !id(now).equals("-") && !id(before).equals(id(now));
  }

  private static String id(Fact fact) {
    return fact.file().substring(fact.file().lastIndexOf(' ') + 1);
  }

  private static String created(Fact fact) {
    return fact.file().substring(0, fact.file().lastIndexOf(' '));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Nothing tells a table that was written anew from another one that was put into its place. As
   * long as the stream's own finish has not built its indexes, which may write a table anew, one
   * that holds rows is taken for the former one.
   */
  @Override
  public boolean keptRows(
      Connection connection, TableId table, Fact before, Fact now, boolean filled, String moment) {
    if (!filled) {
      return true;
    }
    boolean truncated = created(before).equals(created(now));
    return !truncated && moment.equals(UNFINISHED) && !isEmpty(connection, table);
  }

  @Override
  public boolean isEmpty(Connection connection, TableId table) {
    return new MySqlQueries(connection)
        .first(
            "looking for rows of table " + table,
            "SELECT 1 FROM " + Identifiers.quote(table) + " LIMIT 1",
            row -> row.getInt(1))
        .isEmpty();
  }
}
