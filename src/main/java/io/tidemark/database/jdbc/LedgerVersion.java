package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Which form the ledger's tables have, and how older ones are brought to the newest. A ledger
 * without a table {@code version} is of version 1, and one without a table {@code stream} of
 * version 0: either there is none, or this is what a removal has left that was stopped.
 *
 * <p>A step adds something that is missing and changes nothing that is there, so that it may be
 * carried out again where a vendor commits at every statement that defines something, and so that a
 * job of the former version which still runs is not disturbed.
 */
public final class LedgerVersion {

  /** The version that this Tidemark writes, and the newest that it reads. */
  static final int NEWEST = 2;

  private static final int WITHOUT_NUMBER = 1;

  private LedgerVersion() {}

  /**
   * A statement that brings something new.
   *
   * @param version which it belongs to
   * @param table that is missing, or lacks the column
   * @param column that is missing; empty if the table is
   */
  public record Step(int version, String table, Optional<String> column, String statement) {}

  /**
   * Asks no table that may be missing, as that would end a transaction.
   *
   * @return 0 if there is no ledger
   * @throws DatabaseException fatal, if a newer Tidemark wrote it
   */
  static int of(LedgerSql sql) {
    Set<String> tables = tables(sql);
    if (!tables.contains("version")) {
      return tables.contains("stream") ? WITHOUT_NUMBER : 0;
    }
    int version =
        sql.query("SELECT COALESCE(MAX(number), 1) FROM tidemark.version", row -> row.getInt(1))
            .get(0);
    if (version > NEWEST) {
      throw new DatabaseException(
          DatabaseException.Kind.FATAL,
          "the ledger (schema tidemark) at the target was written by a newer Tidemark: it has"
              + " version "
              + version
              + ", and this one knows versions up to "
              + NEWEST
              + ". Use the newer Tidemark for every stream into this target");
    }
    return tables.contains("stream") ? version : 0;
  }

  /** Of the schema of the ledger, whoever has made them. */
  static Set<String> tables(LedgerSql sql) {
    return Set.copyOf(
        sql.query(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tidemark'",
            row -> row.getString(1)));
  }

  /**
   * Creates what is missing and commits. Nothing is created where all is there: the role may be
   * allowed to write to the tables and not to create them.
   */
  static void bringUp(LedgerSql sql) {
    int version = of(sql);
    if (version == NEWEST) {
      return;
    }
    if (version == 0) {
      for (String statement : sql.dialect().createStatements()) {
        sql.run("creating the ledger (schema tidemark) at the target", statement);
      }
    }
    String doing =
        "bringing the ledger (schema tidemark) at the target to version "
            + NEWEST
            + ", for which the role must own its tables or be allowed to create some,";
    for (Step step : sql.dialect().steps()) {
      if (step.version() > version && !isThere(sql, step.table(), step.column())) {
        sql.run(doing, step.statement());
      }
    }
    // Which may be what a removal has left.
    sql.update("DELETE FROM tidemark.version WHERE number = ?", NEWEST);
    sql.update("INSERT INTO tidemark.version (number, since) VALUES (?, ?)", NEWEST, Instant.now());
    sql.commit();
  }

  private static boolean isThere(LedgerSql sql, String table, Optional<String> column) {
    String asked =
        column.isEmpty()
            ? "SELECT table_name FROM information_schema.tables"
            : "SELECT table_name FROM information_schema.columns";
    String condition = " WHERE table_schema = 'tidemark' AND table_name = ?";
    return column.isEmpty()
        ? !sql.query(asked + condition, row -> row.getString(1), table).isEmpty()
        : !sql.query(
                asked + condition + " AND column_name = ?",
                row -> row.getString(1),
                table,
                column.get())
            .isEmpty();
  }
}
