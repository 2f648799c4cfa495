package io.tidemark.database.mysql.ddl;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.TargetFinish;
import io.tidemark.database.mysql.ddl.TablePlan.Addition;
import io.tidemark.database.mysql.session.DefinitionSettings;
import io.tidemark.database.mysql.session.Identifiers;
import io.tidemark.database.mysql.session.MySqlErrors;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.MySqlSessions;
import io.tidemark.database.mysql.write.SessionRegister;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds what the copy did without: secondary indexes, unique and foreign keys. In place and with
 * writers going on, where the server can (MySQL manual, 17.12.1).
 *
 * <p>Foreign keys are added without looking at the rows, which is what lets them be added in place:
 * the source has enforced them, and the copy is what the source had. Before each step it looks
 * whether it is still to be done, so that it may be called again after a crash at any point.
 */
public final class MySqlFinish implements TargetFinish {

  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(MySqlFinish.class);

  /** How long a step waits for the transactions that use the table. New ones wait behind it. */
  private static final int LOCK_SECONDS = 2;

  private static final int MAX_ATTEMPTS = 30;

  private static final int LOOKS_PER_SECOND = 20;

  /** How a step gets along with writers. */
  private enum Mode {
    ONLINE(", ALGORITHM = INPLACE, LOCK = NONE"),

    /**
     * Writers wait. A unique index that is built beside them may meet a value that is twice there
     * for a moment only (MySQL manual, 17.12.8, "Online DDL Limitations"), and the server keeps a
     * limited log of what was written meanwhile (17.12.7).
     */
    WITHOUT_WRITES(", ALGORITHM = INPLACE, LOCK = SHARED"),

    /** As the server does it by itself: with a copy of the table, writers waiting. */
    ANYHOW("");

    private final String clause;

    Mode(String clause) {
      this.clause = clause;
    }
  }

  /** The server cannot do it in place, or not beside writers. */
  private static final Set<Integer> NOT_ONLINE = Set.of(1845, 1846);

  /** Where the catalog lists indexes. */
  private static final String INDEXES = "STATISTICS";

  /** {@code ER_INNODB_ONLINE_LOG_TOO_BIG}. */
  private static final int TOO_MANY_WRITES = 1799;

  private final ConnectionSpec connection;
  private final String stream;
  private final List<TablePlan> plans;

  /**
   * Opens no connection yet.
   *
   * @param plans of the tables that the stream copied
   */
  public MySqlFinish(ConnectionSpec connection, String stream, List<TablePlan> plans) {
    this.connection = connection;
    this.stream = stream;
    this.plans = List.copyOf(plans);
  }

  @Override
  public void finish(String session) throws InterruptedException {
    try (Connection opened = MySqlSessions.openPatient(connection, session)) {
      SessionRegister.register(opened, session);
      MySqlQueries queries = new MySqlQueries(opened);
      queries.execute(
          "preparing to build indexes",
          "SET SESSION foreign_key_checks = 0, lock_wait_timeout = "
              + LOCK_SECONDS
              + ", innodb_lock_wait_timeout = "
              + LOCK_SECONDS);
      DefinitionSettings.apply(queries);
      takeTurn(queries);
      for (TablePlan plan : plans) {
        for (Addition index : plan.indexes()) {
          build(queries, plan.id(), index, INDEXES, "INDEX_NAME");
        }
      }
      for (TablePlan plan : plans) {
        for (Addition key : plan.foreignKeys()) {
          build(queries, plan.id(), key, "TABLE_CONSTRAINTS", "CONSTRAINT_NAME");
        }
      }
    } catch (SQLException e) {
      throw MySqlErrors.classify("closing a connection to the target", e);
    }
  }

  /** Waits until no other run of this stream is at work; the lock ends with the session. */
  private void takeTurn(MySqlQueries queries) throws InterruptedException {
    boolean mine = false;
    while (!mine) {
      mine =
          queries.one(
              "waiting for another run that builds indexes and keys",
              "SELECT COALESCE(GET_LOCK(?, 1), 0)",
              row -> row.getInt(1) == 1,
              "tidemark-finish:" + stream);
      if (Thread.interrupted()) {
        throw new InterruptedException("stopped");
      }
    }
  }

  private static boolean isThere(
      MySqlQueries queries, TableId table, Addition addition, String view, String column) {
    return queries
        .first(
            "looking at the keys of table " + table + " of the target",
            "SELECT 1 FROM information_schema."
                + view
                + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND "
                + column
                + " = ?",
            row -> row.getInt(1),
            table.schema(),
            table.name(),
            addition.name())
        .isPresent();
  }

  /**
   * Adds what is not there. What was added just now is not looked for: MariaDB's catalog may leave
   * a table out for a moment after it was altered.
   */
  private static void build(
      MySqlQueries queries, TableId table, Addition addition, String view, String column)
      throws InterruptedException {
    String alter = "ALTER TABLE " + Identifiers.quote(table) + " " + addition.clause();
    String what = "building " + addition.name() + " of table " + table + " at the target";
    Mode mode = Mode.ONLINE;
    for (int attempt = 1; !isThere(queries, table, addition, view, column); attempt++) {
      try {
        if (mode != Mode.ONLINE) {
          awaitAnotherSecond(queries, table);
        }
        queries.execute(what, alter + mode.clause);
        return;
      } catch (DatabaseException e) {
        // A foreign key may meet the name of an index that is another one.
        if (MySqlErrors.is(e, MySqlErrors.DUPLICATE_KEY_NAME) && view.equals(INDEXES)) {
          return;
        }
        if (mode != Mode.ANYHOW
            && e.getCause() instanceof SQLException error
            && NOT_ONLINE.contains(error.getErrorCode())) {
          mode = Mode.ANYHOW;
        } else if (isDuplicate(e) && mode != Mode.ONLINE) {
          throw twice(e);
        } else if (mode == Mode.ONLINE && (isDuplicate(e) || MySqlErrors.is(e, TOO_MANY_WRITES))) {
          LOG.info("{}; it is built again while the table is not written to", e.getMessage());
          mode = Mode.WITHOUT_WRITES;
        } else if (e.kind() == Kind.RETRYABLE && attempt < MAX_ATTEMPTS) {
          pause(attempt);
        } else {
          throw e;
        }
      }
    }
  }

  /**
   * A table that may be written anew is so in another second than the one in which it was last
   * altered: the catalog's times are in seconds, and by another time the look at the target tells
   * this from a TRUNCATE (see {@code MySqlTargetFacts}).
   */
  private static void awaitAnotherSecond(MySqlQueries queries, TableId table)
      throws InterruptedException {
    for (int look = 0; look < LOOKS_PER_SECOND * 2 && isOfThisSecond(queries, table); look++) {
      TimeUnit.MILLISECONDS.sleep(TimeUnit.SECONDS.toMillis(1) / LOOKS_PER_SECOND);
    }
  }

  private static boolean isOfThisSecond(MySqlQueries queries, TableId table) {
    return queries
        .first(
            "asking when table " + table + " of the target was altered",
            "SELECT TIMESTAMPDIFF(SECOND, CREATE_TIME, SYSDATE()) <= 0"
                + " FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?",
            row -> row.getBoolean(1),
            table.schema(),
            table.name())
        .orElse(false);
  }

  private static boolean isDuplicate(DatabaseException failure) {
    return MySqlErrors.is(failure, MySqlErrors.DUPLICATE_KEY)
        || MySqlErrors.is(failure, MySqlErrors.DUPLICATE_KEY_OF_A_WRITE);
  }

  private static DatabaseException twice(DatabaseException failure) {
    return new DatabaseException(
        failure.kind(),
        failure.getMessage()
            + ". The copy is complete, but values that differ at the source are the same at the"
            + " target. Compare the column's collation there with the source's, give it one that"
            + " tells the values apart, and start the job again; it goes on where it was",
        failure.getCause());
  }

  /** Lets the writers that waited behind the step go on before it is tried again. */
  private static void pause(int attempt) throws InterruptedException {
    new CountDownLatch(1)
        .await(Math.min(5000, 100L << Math.min(attempt, 6)), TimeUnit.MILLISECONDS);
  }
}
