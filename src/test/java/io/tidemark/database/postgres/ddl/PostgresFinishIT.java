package io.tidemark.database.postgres.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription;
import io.tidemark.database.postgres.session.CatalogQuery;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.settings.ExistingRows;
import io.tidemark.settings.Renaming;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Indexes and constraints are built beside writers, by whoever comes, and after crashes. */
class PostgresFinishIT {

  @Postgres private static PostgresServer server;

  @Test
  void invalidIndexesLeftByACrashAreDroppedAndBuiltAnew() throws Exception {
    SchemaPair pair = SchemaPair.create(server, "invalid");
    PostgresFinish finish = prepared(pair);
    server.execute(pair.target(), "INSERT INTO t (id, u, v) VALUES (1, 1, 1), (2, 1, 2)");
    // A concurrent build that fails leaves what one that was killed leaves: an invalid index.
    try (Connection connection = server.connect(pair.target());
        Statement statement = connection.createStatement()) {
      assertThat(fails(statement, "CREATE UNIQUE INDEX CONCURRENTLY t_u_key ON t (u)")).isTrue();
    }
    server.execute(pair.target(), "DELETE FROM t WHERE id = 2");
    assertThat(count(pair.target(), "SELECT count(*) FROM pg_index WHERE NOT indisvalid"))
        .isEqualTo(1);
    finish.finish("test");
    assertThat(count(pair.target(), "SELECT count(*) FROM pg_index WHERE NOT indisvalid")).isZero();
    assertSame(pair);
  }

  @Test
  void twoRunsAtOnceTakeTurns() throws Exception {
    SchemaPair pair = SchemaPair.create(server, "turns");
    PostgresFinish finish = prepared(pair);
    ExecutorService pool = Executors.newFixedThreadPool(3);
    try {
      List<Future<?>> runs = List.of(run(pool, finish), run(pool, finish), run(pool, finish));
      for (Future<?> run : runs) {
        run.get(60, TimeUnit.SECONDS);
      }
    } finally {
      pool.shutdownNow();
    }
    assertSame(pair);
  }

  @Test
  void writersGoOnWhileItWorks() throws Exception {
    SchemaPair pair = SchemaPair.create(server, "writers");
    PostgresFinish finish = prepared(pair);
    server.execute(
        pair.target(),
        "INSERT INTO p (id) SELECT generate_series(1, 1000)",
        "INSERT INTO t (id, u, v, p) SELECT i, i, i, 1 + i % 1000 FROM generate_series(1, 200000) i");
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(1);
    try {
      Future<Long> longest =
          pool.submit(
              () -> {
                long nanos = 0;
                try (Connection connection = server.connect(pair.target());
                    Statement statement = connection.createStatement()) {
                  connection.setAutoCommit(false);
                  statement.execute("SET session_replication_role = replica");
                  connection.commit();
                  for (int i = 0; !done.get(); i++) {
                    long start = System.nanoTime();
                    statement.execute("UPDATE t SET v = v + 1 WHERE id = " + (1 + i % 200000));
                    statement.execute("UPDATE p SET note = 'n' WHERE id = " + (1 + i % 1000));
                    connection.commit();
                    nanos = Math.max(nanos, System.nanoTime() - start);
                  }
                }
                return nanos;
              });
      finish.finish("test");
      done.set(true);
      assertThat(TimeUnit.NANOSECONDS.toMillis(longest.get(60, TimeUnit.SECONDS))).isLessThan(3000);
    } finally {
      done.set(true);
      pool.shutdownNow();
    }
    assertSame(pair);
  }

  @Test
  void lockedTablesAreWaitedForWithoutLockingOthersOut() throws Exception {
    SchemaPair pair = SchemaPair.create(server, "locked");
    PostgresFinish finish = prepared(pair);
    ExecutorService pool = Executors.newFixedThreadPool(1);
    try (Connection holder = server.connect(pair.target());
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("INSERT INTO p (id) VALUES (5)");
      Future<?> run = run(pool, finish);
      // The foreign key's lock cannot be had; yet other writers of the table are let in.
      try (Connection other = server.connect(pair.target());
          Statement write = other.createStatement()) {
        write.execute("SET statement_timeout = '5s'");
        for (int i = 0; i < 50; i++) {
          write.execute("INSERT INTO p (id) VALUES (" + (100 + i) + ")");
        }
      }
      holder.commit();
      run.get(60, TimeUnit.SECONDS);
    } finally {
      pool.shutdownNow();
    }
    assertSame(pair);
  }

  @Test
  void anInterruptEndsAStatementThatWaits() throws Exception {
    SchemaPair pair = SchemaPair.create(server, "interrupted");
    PostgresFinish finish = prepared(pair);
    ExecutorService pool = Executors.newFixedThreadPool(1);
    try (Connection holder = server.connect(pair.target());
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      // A concurrent index waits for whoever has the table locked; no time-out ends that.
      statement.execute("INSERT INTO t (id) VALUES (1)");
      Future<?> run = run(pool, finish);
      while (count(
              pair.target(),
              "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'test'"
                  + " AND query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'"
                  + " AND datname = current_database()")
          == 0) {
        assertThat(run.isDone()).isFalse();
      }
      run.cancel(true);
      pool.shutdown();
      assertThat(pool.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      pool.shutdownNow();
    }
    finish.finish("test");
    assertSame(pair);
  }

  private static Future<?> run(ExecutorService pool, PostgresFinish finish) {
    return pool.submit(
        () -> {
          finish.finish("test");
          return null;
        });
  }

  private static PostgresFinish prepared(SchemaPair pair) throws SQLException {
    server.execute(
        pair.source(),
        "CREATE TABLE p (id int PRIMARY KEY, note text)",
        "CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE, v int, p int REFERENCES p)",
        "CREATE INDEX by_v ON t (v)",
        "CREATE TABLE m (id int PRIMARY KEY, v int, p int REFERENCES p) PARTITION BY RANGE (id)",
        "CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (0) TO (10)",
        "CREATE INDEX ON m (v)");
    PostgresTarget target = pair.target(Renaming.none());
    PostgresSchemaDescription description = pair.described();
    new PostgresTables(target.own(), description, ExistingRows.FAIL).create();
    return new PostgresFinish(target.own(), description);
  }

  private static void assertSame(SchemaPair pair) {
    assertThat(pair.made().tables()).isEqualTo(pair.described().tables());
  }

  private static boolean fails(Statement statement, String sql) {
    try {
      statement.execute(sql);
      return false;
    } catch (SQLException e) {
      return true;
    }
  }

  private static long count(String database, String sql) throws SQLException {
    try (Connection connection = server.connect(database)) {
      return CatalogQuery.first(connection, sql, row -> row.getLong(1)).orElseThrow();
    }
  }
}
