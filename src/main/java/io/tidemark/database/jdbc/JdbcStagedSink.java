package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.FencedException;
import io.tidemark.staging.DirectWriter;
import io.tidemark.staging.Milestone;
import io.tidemark.staging.SinkTable;
import io.tidemark.staging.StagedCheckpoint;
import io.tidemark.staging.StagedRows;
import io.tidemark.staging.StagedSink;
import io.tidemark.staging.StagingWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table that takes staged rows, over JDBC. Each call is a connection of its own; a writer has one
 * until it is closed.
 */
public record JdbcStagedSink(JdbcTarget target, StagingDialect dialect, SinkTable table)
    implements StagedSink {

  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(JdbcStagedSink.class);

  /** The sink's row is locked by others for as long as they merge a checkpoint. */
  private static final long LOCK_TIMEOUT_MILLIS = 10_000;

  /** A table that somebody still holds is dropped another time. */
  private static final long DROP_TIMEOUT_MILLIS = 2_000;

  private static final int ATTEMPTS = 10;

  private static final Duration PAUSE = Duration.ofMillis(500);

  @Override
  public long claim(String job, Optional<Milestone> reached) {
    bringUp();
    String session = session("claim");
    return repeatedly(
        session,
        () ->
            LedgerSql.with(
                target,
                session,
                sql -> {
                  sql.run("setting a lock timeout", lockTimeout());
                  return new SinkLedger(sql, table).claim(job, reached);
                }));
  }

  @Override
  public StagingWriter openStaging() {
    bringUp();
    String session = session("write");
    long writer =
        repeatedly(
            session,
            () -> LedgerSql.with(target, session, sql -> new SinkLedger(sql, table).enroll()));
    return new JdbcStagingWriter(this, session, writer);
  }

  @Override
  public DirectWriter openDirect() {
    return new JdbcDirectWriter(this, session("direct"));
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
    String session = session("merge");
    repeatedly(session, () -> LedgerSql.with(target, session, sql -> merge(sql, job, checkpoint)));
    drop(session, checkpoint);
  }

  private Boolean merge(LedgerSql sql, String job, StagedCheckpoint checkpoint) {
    SinkLedger ledger = new SinkLedger(sql, table);
    boolean isDue = ledger.isDue(job, checkpoint, "");
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
    requireWhole(sql, checkpoint);
    if (!table.key().isEmpty()) {
      make(sql, dialect.gathered());
      if (!stages.isEmpty()) {
        sql.run("gathering the staged rows", dialect.gathering(table, stages));
      }
      sql.commit();
    }
    sql.run("setting a lock timeout", lockTimeout());
    if (!ledger.isDue(job, checkpoint, sql.dialect().forUpdate())) {
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

  /** A table that is gone, or lacks rows, would be rows that are lost without a word. */
  private void requireWhole(LedgerSql sql, StagedCheckpoint checkpoint) {
    for (StagedRows staged : checkpoint.staged()) {
      if (staged.table().isEmpty()) {
        continue;
      }
      long there =
          LedgerVersion.tables(sql).contains(staged.table())
              ? sql.query(
                      "SELECT COUNT(*) FROM " + dialect.staged(staged.table()),
                      row -> row.getLong(1))
                  .get(0)
              : -1;
      if (there != staged.rows()) {
        throw new DatabaseException(
            DatabaseException.Kind.FATAL,
            "sink "
                + table.sink()
                + ": what was staged for checkpoint "
                + checkpoint.number()
                + " is not whole: table tidemark."
                + staged.table()
                + (there < 0 ? " is gone" : " has " + there + " rows")
                + " instead of having "
                + staged.rows()
                + " rows. Somebody has taken them from the target, or it was restored from a"
                + " backup: start the job from an older savepoint, or from none");
      }
    }
  }

  /** Best done now; what cannot be dropped is dropped with a later checkpoint. */
  private void drop(String session, StagedCheckpoint checkpoint) {
    List<String> stages = new ArrayList<>();
    checkpoint.staged().stream()
        .map(StagedRows::table)
        .filter(name -> !name.isEmpty())
        .forEach(stages::add);
    try {
      LedgerSql.with(
          target,
          session,
          sql -> {
            SinkLedger ledger = new SinkLedger(sql, table);
            stages.addAll(ledger.leftBefore(checkpoint));
            for (String stage : stages) {
              drop(sql, stage);
            }
            return true;
          });
    } catch (DatabaseException e) {
      if (e.kind() == DatabaseException.Kind.FATAL) {
        throw e;
      }
      LOG.info("sink {}: staging tables are dropped later", table.sink(), e);
    }
  }

  /** Drops a staging table, if it is there, and forgets it. */
  void drop(LedgerSql sql, String stage) {
    sql.run("setting a lock timeout", dialect.tableLockTimeoutStatement(DROP_TIMEOUT_MILLIS));
    sql.run("dropping a staging table", "DROP TABLE IF EXISTS " + dialect.staged(stage));
    new SinkLedger(sql, table).forget(stage);
  }

  /** The ledger's part for sinks, made by whoever comes first. */
  private void bringUp() {
    String session = "tidemark-create:" + name();
    repeatedly(
        session,
        () ->
            LedgerSql.with(
                target,
                session,
                sql -> {
                  new SinkLedger(sql, table).bringUp(dialect);
                  return true;
                }));
  }

  /**
   * Does something again that failed because of what others do at the same time: they make the same
   * tables (which is an error about data), hold a lock (in a session whose client is gone, maybe,
   * which is ended), or are only about to take the sink over for this attempt.
   */
  private <T> T repeatedly(String session, Supplier<T> work) {
    for (int attempt = 1; ; attempt++) {
      try {
        return work.get();
      } catch (DatabaseException e) {
        boolean mayPass =
            e.kind() == DatabaseException.Kind.RETRYABLE
                || e.kind() == DatabaseException.Kind.DATA && !session.contains(":merge");
        if (!mayPass || attempt == ATTEMPTS) {
          throw e;
        }
        LOG.info("sink {}: tried again", table.sink(), e);
        if (attempt % 3 == 0) {
          expelMerging(session);
        }
      } catch (FencedException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void expelMerging(String session) {
    try {
      target.expelSessions(sessions() + "merge", session);
    } catch (DatabaseException e) {
      LOG.info("sink {}: former sessions could not be ended", table.sink(), e);
    }
  }

  private String lockTimeout() {
    return target.ledgerDialect().lockTimeoutStatement(LOCK_TIMEOUT_MILLIS);
  }

  /** Short, and not a name that a stream may have. */
  String name() {
    UUID digest = UUID.nameUUIDFromBytes(table.sink().getBytes(StandardCharsets.UTF_8));
    return "sink-" + HexFormat.of().toHexDigits(digest.getMostSignificantBits());
  }

  private String sessions() {
    return "tidemark:" + name() + ":";
  }

  private String session(String role) {
    return sessions() + role + "-" + UUID.randomUUID().toString().substring(0, 8);
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
