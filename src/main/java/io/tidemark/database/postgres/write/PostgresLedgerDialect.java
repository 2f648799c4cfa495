package io.tidemark.database.postgres.write;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.jdbc.LedgerDialect;
import io.tidemark.database.jdbc.LedgerVersion;
import io.tidemark.database.postgres.session.PostgresErrors;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** The ledger's tables in a PostgreSQL target. */
public record PostgresLedgerDialect() implements LedgerDialect {

  private static final String TABLE = "table_schema text NOT NULL, table_name text NOT NULL, ";

  @Override
  public List<String> createStatements() {
    return List.of(
        "CREATE SCHEMA IF NOT EXISTS tidemark",
        "CREATE TABLE IF NOT EXISTS tidemark.stream (name text PRIMARY KEY, epoch bigint NOT NULL,"
            + " incarnation text NOT NULL, state text NOT NULL, source_identity text,"
            + " claimed_at timestamp with time zone NOT NULL)",
        "CREATE TABLE IF NOT EXISTS tidemark.incarnation (stream text NOT NULL, id text NOT NULL,"
            + " epoch bigint NOT NULL, claimed_at timestamp with time zone NOT NULL,"
            + " PRIMARY KEY (stream, id))",
        // One row per stream is updated at every commit: room in its page keeps such updates from
        // touching the index (PostgreSQL manual, 65.7, heap-only tuples).
        "CREATE TABLE IF NOT EXISTS tidemark.progress (stream text PRIMARY KEY, position text NOT"
            + " NULL, pending text NOT NULL, consistent boolean NOT NULL, finished boolean NOT NULL"
            + " DEFAULT FALSE, committed_at timestamp with time zone, updated_at timestamp with"
            + " time zone NOT NULL) WITH (fillfactor = 10)",
        "CREATE TABLE IF NOT EXISTS tidemark.chunk (stream text NOT NULL, "
            + TABLE
            + "number integer NOT NULL, range_from text, range_to text, snapshot text NOT NULL,"
            + " cycle bigint NOT NULL, row_count bigint NOT NULL,"
            + " copied_at timestamp with time zone NOT NULL,"
            + " PRIMARY KEY (stream, table_schema, table_name, number))",
        "CREATE TABLE IF NOT EXISTS tidemark.hole (stream text NOT NULL, "
            + TABLE
            + "key_values text NOT NULL, snapshot text,"
            + " PRIMARY KEY (stream, table_schema, table_name, key_values))",
        "CREATE TABLE IF NOT EXISTS tidemark.dead_letter (stream text NOT NULL, "
            + TABLE
            + "key_hash text NOT NULL, key_values text NOT NULL, column_name text NOT NULL,"
            + " reason text NOT NULL, row_values text NOT NULL, position text NOT NULL,"
            + " epoch bigint NOT NULL, recorded_at timestamp with time zone NOT NULL,"
            + " PRIMARY KEY (stream, table_schema, table_name, key_hash))",
        "CREATE TABLE IF NOT EXISTS tidemark.streamed (stream text NOT NULL, "
            + TABLE
            + "row_count bigint NOT NULL, PRIMARY KEY (stream, table_schema, table_name))");
  }

  @Override
  public List<LedgerVersion.Step> steps() {
    return List.of(
        new LedgerVersion.Step(
            2,
            "memory",
            Optional.empty(),
            "CREATE TABLE IF NOT EXISTS tidemark.memory (stream text NOT NULL, about text NOT NULL,"
                + " fact text NOT NULL, PRIMARY KEY (stream, about))"),
        new LedgerVersion.Step(
            2,
            "report",
            Optional.empty(),
            "CREATE TABLE IF NOT EXISTS tidemark.report (stream text NOT NULL, about text NOT NULL,"
                + " epoch bigint NOT NULL, said_at timestamp with time zone NOT NULL,"
                + " words text NOT NULL, PRIMARY KEY (stream, about))"),
        new LedgerVersion.Step(
            2,
            "version",
            Optional.empty(),
            "CREATE TABLE IF NOT EXISTS tidemark.version (number integer PRIMARY KEY,"
                + " since timestamp with time zone NOT NULL)"));
  }

  /**
   * Stronger than the FOR NO KEY UPDATE that an UPDATE takes: that one would not wait for KEY
   * SHARE.
   */
  @Override
  public String forUpdate() {
    return " FOR UPDATE";
  }

  /** The weakest row lock that FOR UPDATE waits for (PostgreSQL manual, 13.3.2). */
  @Override
  public String forShare() {
    return " FOR KEY SHARE";
  }

  /** Partitions, and tables that inherit: a statement on the upper one is one on them too. */
  @Override
  public Optional<String> tablesInTables() {
    return Optional.of(
        """
        WITH RECURSIVE up (part, above) AS (
          SELECT inhrelid, inhparent FROM pg_catalog.pg_inherits
          UNION
          SELECT up.part, i.inhparent FROM up
          JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = up.above)
        SELECT n.nspname, c.relname, an.nspname, a.relname FROM up
        JOIN pg_catalog.pg_class AS c ON c.oid = up.part AND c.relkind IN ('r', 'p')
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_class AS a ON a.oid = up.above
        JOIN pg_catalog.pg_namespace AS an ON an.oid = a.relnamespace
        """);
  }

  @Override
  public String lockTimeoutStatement(long millis) {
    return "SET lock_timeout = " + millis;
  }

  @Override
  public DatabaseException failure(String what, SQLException error) {
    return PostgresErrors.classify(what, error);
  }
}
