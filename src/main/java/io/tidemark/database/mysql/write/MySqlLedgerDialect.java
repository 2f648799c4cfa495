package io.tidemark.database.mysql.write;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.jdbc.LedgerDialect;
import io.tidemark.database.jdbc.LedgerVersion;
import io.tidemark.database.mysql.session.MySqlErrors;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The ledger's tables in a MySQL or MariaDB target: InnoDB, in a database of their own.
 *
 * <p><b>Why fencing holds here.</b> A writer reads its stream's row with {@link #forShare} in the
 * transaction that it commits, and InnoDB keeps that record lock to the transaction's end, at READ
 * COMMITTED too: only locks on rows that did not match are given back early (MySQL manual,
 * 17.7.2.1). A locking read sees the newest committed row, not a snapshot (17.7.2.4). So whoever
 * holds the row with {@link #forUpdate} knows that no writer of the old epoch stands between its
 * check and its commit, and a writer that checks afterwards sees the new epoch. A lock that does
 * not come in time undoes the statement only (17.21.5), which the callers answer with a rollback.
 */
public record MySqlLedgerDialect() implements LedgerDialect {

  private static final String STREAM = "stream VARCHAR(64) NOT NULL, ";

  /** Names of the source's vendor, the longest of which have 64 characters. */
  private static final String TABLE =
      STREAM + "table_schema VARCHAR(128) NOT NULL, table_name VARCHAR(128) NOT NULL, ";

  /** Names and keys are compared byte by byte, whatever the server's default is. */
  private static final String OPTIONS =
      " ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

  @Override
  public List<String> createStatements() {
    return List.of(
        "CREATE DATABASE IF NOT EXISTS tidemark CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        SessionRegister.CREATE_TABLE + OPTIONS,
        "CREATE TABLE IF NOT EXISTS tidemark.stream (name VARCHAR(64) PRIMARY KEY,"
            + " epoch BIGINT NOT NULL, incarnation VARCHAR(64) NOT NULL,"
            + " state VARCHAR(16) NOT NULL, source_identity LONGTEXT,"
            + " claimed_at DATETIME(6) NOT NULL)"
            + OPTIONS,
        "CREATE TABLE IF NOT EXISTS tidemark.incarnation ("
            + STREAM
            + "id VARCHAR(64) NOT NULL, epoch BIGINT NOT NULL, claimed_at DATETIME(6) NOT NULL,"
            + " PRIMARY KEY (stream, id))"
            + OPTIONS,
        // A position may be a set of GTIDs from many servers.
        "CREATE TABLE IF NOT EXISTS tidemark.progress (stream VARCHAR(64) PRIMARY KEY,"
            + " position LONGTEXT NOT NULL, pending LONGTEXT NOT NULL, consistent BOOLEAN NOT NULL,"
            + " finished BOOLEAN NOT NULL DEFAULT FALSE, committed_at DATETIME(6),"
            + " updated_at DATETIME(6) NOT NULL)"
            + OPTIONS,
        "CREATE TABLE IF NOT EXISTS tidemark.chunk ("
            + TABLE
            + "number INTEGER NOT NULL, range_from LONGTEXT, range_to LONGTEXT,"
            + " snapshot LONGTEXT NOT NULL, cycle BIGINT NOT NULL, row_count BIGINT NOT NULL,"
            + " copied_at DATETIME(6) NOT NULL,"
            + " PRIMARY KEY (stream, table_schema, table_name, number))"
            + OPTIONS,
        // A key may be longer than an index takes, so that its hash is what is unique.
        "CREATE TABLE IF NOT EXISTS tidemark.hole (id BIGINT AUTO_INCREMENT PRIMARY KEY, "
            + TABLE
            + "key_values LONGTEXT NOT NULL, snapshot LONGTEXT,"
            + " key_hash BINARY(32) AS (UNHEX(SHA2(key_values, 256))) STORED,"
            + " UNIQUE KEY one_row_per_key (stream, table_schema, table_name, key_hash))"
            + OPTIONS,
        "CREATE TABLE IF NOT EXISTS tidemark.dead_letter ("
            + TABLE
            + "key_hash CHAR(64) NOT NULL, key_values LONGTEXT NOT NULL,"
            + " column_name VARCHAR(128) NOT NULL, reason LONGTEXT NOT NULL,"
            + " row_values LONGTEXT NOT NULL, position LONGTEXT NOT NULL, epoch BIGINT NOT NULL,"
            + " recorded_at DATETIME(6) NOT NULL,"
            + " PRIMARY KEY (stream, table_schema, table_name, key_hash))"
            + OPTIONS,
        "CREATE TABLE IF NOT EXISTS tidemark.streamed ("
            + TABLE
            + "row_count BIGINT NOT NULL, PRIMARY KEY (stream, table_schema, table_name))"
            + OPTIONS);
  }

  @Override
  public List<LedgerVersion.Step> steps() {
    return List.of(
        new LedgerVersion.Step(
            2,
            "memory",
            Optional.empty(),
            "CREATE TABLE IF NOT EXISTS tidemark.memory ("
                + STREAM
                + "about VARCHAR(400) NOT NULL, fact LONGTEXT NOT NULL, PRIMARY KEY (stream, about))"
                + OPTIONS),
        new LedgerVersion.Step(
            2,
            "report",
            Optional.empty(),
            "CREATE TABLE IF NOT EXISTS tidemark.report ("
                + STREAM
                + "about VARCHAR(16) NOT NULL, epoch BIGINT NOT NULL, said_at DATETIME(6) NOT NULL,"
                + " words LONGTEXT NOT NULL, PRIMARY KEY (stream, about))"
                + OPTIONS),
        new LedgerVersion.Step(
            2,
            "version",
            Optional.empty(),
            "CREATE TABLE IF NOT EXISTS tidemark.version (number INTEGER PRIMARY KEY, since DATETIME(6) NOT NULL)"
                + OPTIONS));
  }

  @Override
  public String forUpdate() {
    return " FOR UPDATE";
  }

  /** Both servers take this spelling. */
  @Override
  public String forShare() {
    return " LOCK IN SHARE MODE";
  }

  @Override
  public String keyValuesIn(int keys) {
    return "key_hash IN ("
        + String.join(", ", Collections.nCopies(keys, "UNHEX(SHA2(?, 256))"))
        + ")";
  }

  /** In whole seconds, one at least. */
  @Override
  public Optional<String> caselessNames() {
    return Optional.of("SELECT @@lower_case_table_names <> 0");
  }

  @Override
  public String lockTimeoutStatement(long millis) {
    return "SET SESSION innodb_lock_wait_timeout = " + Math.max(1, (millis + 999) / 1000);
  }

  @Override
  public DatabaseException failure(String what, SQLException error) {
    return MySqlErrors.classify(what, error);
  }
}
