package io.tidemark.database.postgres.write;

import io.tidemark.database.jdbc.StagingDialect;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.staging.SinkTable;
import io.tidemark.staging.TableShape;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How rows are staged and merged at PostgreSQL. */
public record PostgresStaging() implements StagingDialect {

  private static final long serialVersionUID = 1L;

  @Override
  public List<String> createStatements() {
    return List.of(
        "CREATE SCHEMA IF NOT EXISTS tidemark",
        // One row per sink is updated at every checkpoint: see the ledger's progress.
        "CREATE TABLE IF NOT EXISTS tidemark.sink (name text PRIMARY KEY, target_table text,"
            + " epoch bigint NOT NULL, job text NOT NULL, parent_epoch bigint, parent_sequence"
            + " bigint, merged_epoch bigint, merged_sequence bigint, merged_rows bigint NOT NULL"
            + " DEFAULT 0, merged_at timestamp with time zone, claimed_at timestamp with time zone"
            + " NOT NULL) WITH (fillfactor = 10)",
        "CREATE TABLE IF NOT EXISTS tidemark.sink_writer (sink text PRIMARY KEY,"
            + " number bigint NOT NULL)",
        "CREATE TABLE IF NOT EXISTS tidemark.staged (name text PRIMARY KEY, sink text NOT NULL,"
            + " writer bigint NOT NULL)",
        "CREATE TABLE IF NOT EXISTS tidemark.sink_version (number integer PRIMARY KEY)");
  }

  @Override
  public String tableOptions() {
    return "";
  }

  @Override
  public String staged(String table) {
    return "tidemark." + Identifiers.quote(table);
  }

  @Override
  public String gathered() {
    return "pg_temp.tidemark_gathered";
  }

  @Override
  public String passing() {
    return "pg_temp.tidemark_passing";
  }

  /** {@inheritDoc} The columns are the table's own, with modifiers and collations. */
  @Override
  public void createStage(Connection connection, SinkTable table, String name, boolean temporary)
      throws SQLException {
    String columns =
        list(
            table.columns().size(),
            ", ",
            i -> "t." + Identifiers.quote(table.columns().get(i)) + " AS c" + i);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE "
              + (temporary ? "TEMPORARY " : "")
              + "TABLE "
              + name
              + " AS SELECT NULL::bigint AS tidemark_seq, NULL::smallint AS tidemark_kind, "
              + columns
              + " FROM "
              + Identifiers.quote(table.table())
              + " AS t WITH NO DATA");
    }
  }

  @Override
  public void createTextStage(Connection connection, TableShape shape, String name)
      throws SQLException {
    String columns =
        list(
            shape.columns().size(),
            "",
            i -> ", c" + i + (shape.columns().get(i).values().isRaw() ? " bytea" : " text"));
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE " + name + " (tidemark_seq bigint, tidemark_kind smallint" + columns + ")");
    }
  }

  /** {@inheritDoc} A cast to a type without modifiers and an assignment cut nothing off. */
  @Override
  public List<String> gatheringTexts(Connection connection, TableShape shape, List<String> stages)
      throws SQLException {
    TargetTable target = target(connection, shape.of("any"));
    IntFunction<String> cast =
        i -> "CAST(p.c" + i + " AS " + target.columns().get(i).type() + ") AS c" + i;
    List<String> converted =
        stages.stream()
            .map(
                stage ->
                    "(SELECT p.tidemark_seq, p.tidemark_kind, "
                        + list(shape.columns().size(), ", ", cast)
                        + " FROM "
                        + stage
                        + " AS p)")
            .toList();
    return List.of(gathering(shape.of("any"), converted));
  }

  @Override
  public String droppingGathered() {
    return "DROP TABLE IF EXISTS " + gathered();
  }

  @Override
  public StagingDialect.Load load(SinkTable table) {
    return new CopyStageLoad();
  }

  @Override
  public String emptying(String temporary) {
    return "TRUNCATE " + temporary;
  }

  @Override
  public String gathering(SinkTable table, List<String> stages) {
    String key =
        table.key().stream()
            .map(column -> "c" + table.columns().indexOf(column))
            .collect(Collectors.joining(", "));
    String all =
        list(
            stages.size(),
            " UNION ALL ",
            i -> "SELECT " + i + " AS tidemark_part, p.* FROM " + stages.get(i) + " AS p");
    // A table that was just filled has no statistics, and nobody else analyses a session's own.
    return "INSERT INTO "
        + gathered()
        + " SELECT DISTINCT ON ("
        + key
        + ") tidemark_seq, tidemark_kind, "
        + list(table.columns().size(), ", ", i -> "c" + i)
        + " FROM ("
        + all
        + ") AS s ORDER BY "
        + key
        + ", tidemark_part DESC, tidemark_seq DESC; ANALYZE "
        + gathered();
  }

  private static TargetTable target(Connection connection, SinkTable table) throws SQLException {
    return TargetTable.read(
        connection,
        new Table(
            table.table(),
            table.columns().stream().map(name -> new Column(name, "any", true)).toList(),
            Optional.empty()),
        table.table());
  }

  @Override
  public List<String> merging(Connection connection, SinkTable table) throws SQLException {
    TargetTable target = target(connection, table);
    List<Integer> key = table.key().stream().map(table.columns()::indexOf).toList();
    List<Integer> others =
        IntStream.range(0, table.columns().size()).filter(i -> !table.isKey(i)).boxed().toList();
    IntFunction<String> name = i -> target.columns().get(i).name();
    String matches =
        key.stream()
            .map(i -> "t." + name.apply(i) + " " + target.columns().get(i).equal() + " s.c" + i)
            .collect(Collectors.joining(" AND "));
    String there = Identifiers.quote(table.table());
    List<String> statements = new ArrayList<>();
    // Each key is looked up in the key's index, whatever the planner knows of the table.
    statements.add(
        "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;"
            + " SET LOCAL enable_mergejoin = off");
    statements.add(
        "DELETE FROM "
            + target.onlyName()
            + " AS t USING "
            + gathered()
            + " AS s WHERE s.tidemark_kind = 1 AND "
            + matches);
    if (!others.isEmpty()) {
      statements.add(
          "UPDATE "
              + target.onlyName()
              + " AS t SET "
              + others.stream()
                  .map(i -> name.apply(i) + " = s.c" + i)
                  .collect(Collectors.joining(", "))
              + " FROM "
              + gathered()
              + " AS s WHERE s.tidemark_kind = 0 AND "
              + matches);
    }
    statements.add(
        "INSERT INTO "
            + there
            + " AS o ("
            + list(table.columns().size(), ", ", name)
            + ") OVERRIDING SYSTEM VALUE SELECT "
            + list(table.columns().size(), ", ", i -> "s.c" + i)
            + " FROM "
            + gathered()
            + " AS s WHERE s.tidemark_kind = 0 AND NOT EXISTS (SELECT 1 FROM "
            + target.onlyName()
            + " AS t WHERE "
            + matches
            + ")");
    return statements;
  }

  @Override
  public String appending(SinkTable table, String stage) {
    return "INSERT INTO "
        + Identifiers.quote(table.table())
        + " ("
        + list(table.columns().size(), ", ", i -> Identifiers.quote(table.columns().get(i)))
        + ") OVERRIDING SYSTEM VALUE SELECT "
        + list(table.columns().size(), ", ", i -> "c" + i)
        + " FROM "
        + stage
        + " ORDER BY tidemark_seq";
  }

  @Override
  public String tableLockTimeoutStatement(long millis) {
    return "SET lock_timeout = " + millis;
  }

  private static String list(int size, String separator, IntFunction<String> item) {
    return IntStream.range(0, size).mapToObj(item).collect(Collectors.joining(separator));
  }
}
