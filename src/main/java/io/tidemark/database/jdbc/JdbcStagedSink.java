package io.tidemark.database.jdbc;

import io.tidemark.staging.DirectWriter;
import io.tidemark.staging.Milestone;
import io.tidemark.staging.SinkTable;
import io.tidemark.staging.StagedCheckpoint;
import io.tidemark.staging.StagedRows;
import io.tidemark.staging.StagedSink;
import io.tidemark.staging.StagingWriter;
import java.sql.Connection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A table that takes staged rows, over JDBC. Each call is a connection of its own; a writer has one
 * until it is closed.
 */
public record JdbcStagedSink(JdbcTarget target, StagingDialect dialect, SinkTable table)
    implements StagedSink {

  private static final long serialVersionUID = 1L;

  private SinkAccess access() {
    return new SinkAccess(
        target,
        dialect,
        new SinkLedger.Sink(table.sink(), table.table().toString(), !table.key().isEmpty()));
  }

  @Override
  public long claim(String job, Optional<Milestone> reached) {
    return access().claim(job, reached);
  }

  @Override
  public StagingWriter openStaging() {
    SinkAccess access = access();
    access.bringUp();
    return new JdbcStagingWriter(this, access, access.session("write"), access.enroll());
  }

  @Override
  public DirectWriter openDirect() {
    return new JdbcDirectWriter(this, access().session("direct"));
  }

  /**
   * {@inheritDoc}
   *
   * <p>What is staged does not change any more, and is read before the transaction: this keeps the
   * sink's row locked only for the changes themselves. Whether they are due is asked again under
   * the lock.
   */
  @Override
  public void merge(String job, StagedCheckpoint checkpoint) {
    SinkAccess access = access();
    String session = access.session("merge");
    access.repeatedly(
        session, () -> LedgerSql.with(target, session, sql -> merge(access, sql, job, checkpoint)));
    access.drop(
        session,
        checkpoint.staged(),
        checkpoint.staged().stream().mapToLong(StagedRows::writer).min().orElse(Long.MIN_VALUE));
  }

  private Boolean merge(SinkAccess access, LedgerSql sql, String job, StagedCheckpoint checkpoint) {
    SinkLedger ledger = access.ledger(sql);
    boolean isDue = ledger.isDue(job, checkpoint.number(), checkpoint.previous(), "");
    sql.commit();
    if (!isDue) {
      return false;
    }
    List<String> stages =
        checkpoint.staged().stream()
            .map(StagedRows::table)
            .filter(name -> !name.isEmpty())
            .map(dialect::staged)
            .toList();
    access.requireWhole(sql, checkpoint.number(), checkpoint.staged());
    if (!table.key().isEmpty()) {
      make(sql, dialect.gathered());
      if (!stages.isEmpty()) {
        sql.run("gathering the staged rows", dialect.gathering(table, stages));
      }
      sql.commit();
    }
    sql.run("setting a lock timeout", access.lockTimeout());
    if (!ledger.isDue(job, checkpoint.number(), checkpoint.previous(), sql.dialect().forUpdate())) {
      return false;
    }
    if (!stages.isEmpty()) {
      statements(sql, stages).forEach(statement -> sql.run(writing(), statement));
    }
    ledger.record(
        checkpoint.number(), checkpoint.staged().stream().mapToLong(StagedRows::rows).sum());
    sql.commit();
    return true;
  }

  private List<String> statements(LedgerSql sql, List<String> stages) {
    return table.key().isEmpty()
        ? stages.stream().map(stage -> dialect.appending(table, stage)).toList()
        : sql.on(writing(), connection -> dialect.merging(connection, table));
  }

  /** What fails where rows go into the table, for messages. */
  String writing() {
    return "writing the rows of sink " + table.sink() + " to table " + table.table();
  }

  private void make(LedgerSql sql, String temporary) {
    sql.on(
        "making room for staged rows",
        connection -> {
          dialect.createStage(connection, table, temporary, true);
          return true;
        });
  }

  /** A connection for a writer, without its table. */
  Connection connect(String session) {
    return target.connect(session);
  }

  /** Something on a connection of a writer. */
  <T> T on(Connection connection, Function<LedgerSql, T> work) {
    return work.apply(new LedgerSql(connection, target.ledgerDialect()));
  }
}
