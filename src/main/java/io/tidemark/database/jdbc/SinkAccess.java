package io.tidemark.database.jdbc;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.FencedException;
import io.tidemark.staging.Milestone;
import io.tidemark.staging.StagedRows;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a sink comes to its part of the ledger and to its staging tables, whatever it writes. */
record SinkAccess(JdbcTarget target, StagingDialect dialect, SinkLedger.Sink table)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(SinkAccess.class);

  /** The sink's row is locked by others for as long as they merge a checkpoint. */
  private static final long LOCK_TIMEOUT_MILLIS = 10_000;

  /** A table that somebody still holds is dropped another time. */
  private static final long DROP_TIMEOUT_MILLIS = 2_000;

  private static final int ATTEMPTS = 10;

  private static final Duration PAUSE = Duration.ofMillis(500);

  SinkLedger ledger(LedgerSql sql) {
    return new SinkLedger(sql, table);
  }

  /** Takes the sink over, as {@link io.tidemark.staging.StagedSink#claim} says it. */
  long claim(String job, Optional<Milestone> reached) {
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
                  return ledger(sql).claim(job, reached);
                }));
  }

  /** A number for a writer, greater than every one given before. */
  long enroll() {
    String session = session("write");
    return repeatedly(session, () -> LedgerSql.with(target, session, sql -> ledger(sql).enroll()));
  }

  /** A table that is gone, or lacks rows, would be rows that are lost without a word. */
  void requireWhole(LedgerSql sql, Milestone number, List<StagedRows> all) {
    for (StagedRows staged : all) {
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
                + number
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

  /**
   * Drops what was merged, and what former writers have left. Best done now; what cannot be dropped
   * is dropped with a later checkpoint.
   *
   * @param oldest the least number of the checkpoint's writers
   */
  void drop(String session, List<StagedRows> merged, long oldest) {
    List<String> stages = new ArrayList<>();
    merged.stream().map(StagedRows::table).filter(name -> !name.isEmpty()).forEach(stages::add);
    try {
      LedgerSql.with(
          target,
          session,
          sql -> {
            stages.addAll(ledger(sql).leftBefore(oldest));
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

  /** Closes a writer's connection, and drops what it has not finished: its rows come again. */
  void end(Connection opened, String session, List<String> unfinished) {
    try {
      LedgerSql.close(target, opened);
      if (!unfinished.isEmpty()) {
        LedgerSql.with(
            target,
            session,
            sql -> {
              unfinished.forEach(stage -> drop(sql, stage));
              return true;
            });
      }
    } catch (DatabaseException e) {
      LOG.info("sink {}: what was staged last is dropped by a later attempt", table.sink(), e);
    }
  }

  /** Drops a staging table, if it is there, and forgets it. */
  void drop(LedgerSql sql, String stage) {
    sql.run("setting a lock timeout", dialect.tableLockTimeoutStatement(DROP_TIMEOUT_MILLIS));
    sql.run("dropping a staging table", "DROP TABLE IF EXISTS " + dialect.staged(stage));
    ledger(sql).forget(stage);
  }

  /** The ledger's part for sinks, made by whoever comes first. */
  void bringUp() {
    String session = "tidemark-create:" + name();
    repeatedly(
        session,
        () ->
            LedgerSql.with(
                target,
                session,
                sql -> {
                  ledger(sql).bringUp(dialect);
                  return true;
                }));
  }

  /**
   * Does something again that failed because of what others do at the same time: they make the same
   * tables (which is an error about data), hold a lock (in a session whose client is gone, maybe,
   * which is ended), or are only about to take the sink over for this attempt.
   */
  <T> T repeatedly(String session, Supplier<T> work) {
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

  /** As long for a table that is to be changed. */
  String tableLockTimeout() {
    return dialect.tableLockTimeoutStatement(LOCK_TIMEOUT_MILLIS);
  }

  String lockTimeout() {
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

  String session(String role) {
    return sessions() + role + "-" + UUID.randomUUID().toString().substring(0, 8);
  }
}
