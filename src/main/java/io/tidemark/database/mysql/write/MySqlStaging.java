package io.tidemark.database.mysql.write;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.jdbc.StagingDialect;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.staging.SinkTable;
import io.tidemark.staging.TableShape;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How rows are staged and merged at MySQL and MariaDB. */
public record MySqlStaging() implements StagingDialect {

  private static final long serialVersionUID = 1L;

  /** Names are compared byte by byte, whatever the server's default is. */
  private static final String OPTIONS =
      " ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

  private static final String SINK = "sink VARCHAR(" + SinkTable.LONGEST_NAME + ")";

  @Override
  public List<String> createStatements() {
    return List.of(
        "CREATE DATABASE IF NOT EXISTS tidemark CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        SessionRegister.CREATE_TABLE + OPTIONS,
        "CREATE TABLE IF NOT EXISTS tidemark.sink (name VARCHAR("
            + SinkTable.LONGEST_NAME
            + ") PRIMARY KEY, target_table VARCHAR(200), epoch BIGINT NOT NULL,"
            + " job VARCHAR(64) NOT NULL, parent_epoch BIGINT, parent_sequence BIGINT,"
            + " merged_epoch BIGINT, merged_sequence BIGINT,"
            + " merged_rows BIGINT NOT NULL DEFAULT 0, merged_at DATETIME(6),"
            + " claimed_at DATETIME(6) NOT NULL)"
            + OPTIONS,
        "CREATE TABLE IF NOT EXISTS tidemark.sink_writer ("
            + SINK
            + " PRIMARY KEY, number BIGINT NOT NULL)"
            + OPTIONS,
        "CREATE TABLE IF NOT EXISTS tidemark.staged (name VARCHAR(64) PRIMARY KEY, "
            + SINK
            + " NOT NULL, writer BIGINT NOT NULL)"
            + OPTIONS,
        "CREATE TABLE IF NOT EXISTS tidemark.sink_version (number INTEGER PRIMARY KEY)" + OPTIONS);
  }

  @Override
  public String tableOptions() {
    return OPTIONS;
  }

  @Override
  public String staged(String table) {
    return "tidemark." + Identifiers.quote(table);
  }

  @Override
  public String gathered() {
    return "tidemark.gathered_by_the_session";
  }

  @Override
  public String passing() {
    return "tidemark.passing_in_the_session";
  }

  /** {@inheritDoc} Some servers take no table without a key, also of the session's own. */
  @Override
  public void createStage(Connection connection, SinkTable table, String name, boolean temporary)
      throws SQLException {
    Map<String, String> types = types(connection, table);
    StringBuilder sql = new StringBuilder("CREATE ");
    sql.append(temporary ? "TEMPORARY " : "").append("TABLE ").append(name);
    sql.append(" (tidemark_seq BIGINT PRIMARY KEY, tidemark_kind TINYINT NOT NULL");
    for (int i = 0; i < table.columns().size(); i++) {
      String column = table.columns().get(i);
      String type =
          Optional.ofNullable(types.get(column))
              .orElseThrow(
                  () ->
                      new DatabaseException(
                          DatabaseException.Kind.FATAL,
                          "table "
                              + table.table()
                              + " has no column "
                              + column
                              + " that can be written: add it, or take it out of the declaration"));
      sql.append(", c").append(i).append(' ').append(type).append(" NULL");
    }
    sql.append(") ENGINE = InnoDB ROW_FORMAT = DYNAMIC");
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql.toString());
    }
  }

  /** As the catalog writes them, with the character sets of texts. */
  private static Map<String, String> types(Connection connection, SinkTable table) {
    Map<String, String> types = new HashMap<>();
    new MySqlQueries(connection)
        .list(
            "reading the columns of table " + table.table(),
            "SELECT column_name, CONCAT(column_type, COALESCE(CONCAT(' CHARACTER SET ',"
                + " character_set_name, ' COLLATE ', collation_name), ''))"
                + " FROM information_schema.columns WHERE table_schema = ? AND table_name = ?",
            row -> types.put(row.getString(1), row.getString(2)),
            table.table().schema(),
            table.table().name());
    return types;
  }

  /** {@inheritDoc} Texts are compared character by character, trailing spaces too. */
  @Override
  public void createTextStage(Connection connection, TableShape shape, String name)
      throws SQLException {
    String text =
        " LONGTEXT CHARACTER SET utf8mb4 COLLATE "
            + FieldEncoding.exactCollation(TargetServer.read(connection).flavour());
    StringBuilder sql = new StringBuilder("CREATE TABLE ").append(name);
    sql.append(" (tidemark_seq BIGINT PRIMARY KEY, tidemark_kind TINYINT NOT NULL");
    for (int i = 0; i < shape.columns().size(); i++) {
      boolean isRaw = shape.columns().get(i).values().isRaw();
      sql.append(", c").append(i).append(isRaw ? " LONGBLOB" : text).append(" NULL");
    }
    sql.append(") ENGINE = InnoDB ROW_FORMAT = DYNAMIC");
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql.toString());
    }
  }

  /** {@inheritDoc} The server converts what is assigned, and takes nothing that does not fit. */
  @Override
  public List<String> gatheringTexts(Connection connection, TableShape shape, List<String> stages) {
    return List.of(
        // More than the longest key has, so that keys are told apart by all of it.
        "SET SESSION max_sort_length = 65536", gathering(shape.of("any"), stages));
  }

  @Override
  public String droppingGathered() {
    return "DROP TEMPORARY TABLE IF EXISTS " + gathered();
  }

  @Override
  public StagingDialect.Load load(SinkTable table) {
    return new InsertStageLoad(table.columns());
  }

  /** Not TRUNCATE, which would commit. */
  @Override
  public String emptying(String temporary) {
    return "DELETE FROM " + temporary;
  }

  @Override
  public String gathering(SinkTable table, List<String> stages) {
    String key =
        table.key().stream()
            .map(column -> "u.c" + table.columns().indexOf(column))
            .collect(Collectors.joining(", "));
    String all =
        list(
            stages.size(),
            " UNION ALL ",
            i ->
                "SELECT "
                    + i
                    + " AS tidemark_part, p"
                    + i
                    + ".* FROM "
                    + stages.get(i)
                    + " AS p"
                    + i);
    String columns = list(table.columns().size(), ", ", i -> "c" + i);
    return "INSERT INTO "
        + gathered()
        + " SELECT ROW_NUMBER() OVER (), tidemark_kind, "
        + columns
        + " FROM (SELECT tidemark_kind, "
        + columns
        + ", ROW_NUMBER() OVER (PARTITION BY "
        + key
        + " ORDER BY tidemark_part DESC, tidemark_seq DESC) AS tidemark_age FROM ("
        + all
        + ") AS u) AS s WHERE tidemark_age = 1";
  }

  /**
   * {@inheritDoc} Not ON DUPLICATE KEY UPDATE, which takes a row with the same value in any unique
   * key for the one that is meant (MySQL manual, 15.2.7.2).
   */
  @Override
  public List<String> merging(Connection connection, SinkTable table) {
    String target = Identifiers.quote(table.table());
    IntFunction<String> name = i -> Identifiers.quote(table.columns().get(i));
    String join = gathered() + " AS s JOIN " + target + " AS t ON " + matches(table);
    List<String> statements = new ArrayList<>();
    statements.add("DELETE t FROM " + join + " WHERE s.tidemark_kind = 1");
    String assigned =
        IntStream.range(0, table.columns().size())
            .filter(i -> !table.isKey(i))
            .mapToObj(i -> "t." + name.apply(i) + " = s.c" + i)
            .collect(Collectors.joining(", "));
    if (!assigned.isEmpty()) {
      statements.add("UPDATE " + join + " SET " + assigned + " WHERE s.tidemark_kind = 0");
    }
    statements.add(
        "INSERT INTO "
            + target
            + " ("
            + list(table.columns().size(), ", ", name)
            + ") SELECT "
            + list(table.columns().size(), ", ", i -> "s.c" + i)
            + " FROM "
            + gathered()
            + " AS s LEFT JOIN "
            + target
            + " AS t ON "
            + matches(table)
            + " WHERE s.tidemark_kind = 0 AND t."
            + Identifiers.quote(table.key().get(0))
            + " IS NULL");
    return statements;
  }

  private static String matches(SinkTable table) {
    return table.key().stream()
        .map(
            column -> "t." + Identifiers.quote(column) + " = s.c" + table.columns().indexOf(column))
        .collect(Collectors.joining(" AND "));
  }

  @Override
  public String appending(SinkTable table, String stage) {
    return "INSERT INTO "
        + Identifiers.quote(table.table())
        + " ("
        + list(table.columns().size(), ", ", i -> Identifiers.quote(table.columns().get(i)))
        + ") SELECT "
        + list(table.columns().size(), ", ", i -> "c" + i)
        + " FROM "
        + stage
        + " ORDER BY tidemark_seq";
  }

  @Override
  public String tableLockTimeoutStatement(long millis) {
    return "SET SESSION lock_wait_timeout = " + Math.max(1, millis / 1000);
  }

  private static String list(int size, String separator, IntFunction<String> item) {
    return IntStream.range(0, size).mapToObj(item).collect(Collectors.joining(separator));
  }
}
