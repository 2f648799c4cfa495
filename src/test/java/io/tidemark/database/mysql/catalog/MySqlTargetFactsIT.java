package io.tidemark.database.mysql.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.jdbc.TargetFacts;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.Selection;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is seen of tables that are being altered. */
@Timeout(180)
class MySqlTargetFactsIT {

  private static final int ROUNDS = 20;

  private static final Selection ALL = new Selection(List.of("hidden.*"), Map.of(), Map.of());

  @Test
  void mySql(@MySql MySqlServer server) throws Exception {
    anAlteredTableIsAsGoodAsBefore(server);
  }

  @Test
  void mariaDb(@MariaDb MySqlServer server) throws Exception {
    anAlteredTableIsAsGoodAsBefore(server);
  }

  /** In the moment in which it cannot be opened it has no engine, which would stop a stream. */
  private static void anAlteredTableIsAsGoodAsBefore(MySqlServer server) throws Exception {
    server.createDatabase("altered");
    server.execute(
        "altered",
        "CREATE TABLE p (id int PRIMARY KEY) ENGINE = InnoDB",
        "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, v int) ENGINE = InnoDB");
    FutureTask<Void> altering = new FutureTask<>(() -> alter(server));
    new Thread(altering, "altering").start();
    int looks = 0;
    TableId id = new TableId("altered", "t");
    try (Connection connection = server.connect("altered")) {
      while (!altering.isDone()) {
        Map<TableId, TargetFacts.Fact> seen =
            MySqlTargetFacts.ofMeaning().read(connection, List.of(id));
        looks += seen.size();
        seen.forEach(
            (table, fact) ->
                assertThat(fact.obstacles()).extracting(TargetFacts.Obstacle::toString).isEmpty());
      }
    }
    altering.get();
    assertThat(looks).as("how often the table was seen").isPositive();
  }

  /**
   * For as long as a statement has it for itself it is neither another one nor gone: what cannot be
   * seen of it is not taken for what it is. A session that holds no lock would wait instead.
   */
  @Test
  void whatMariaDbHidesOfATableIsNotTakenForItsState(@MariaDb MySqlServer server) throws Exception {
    server.createDatabase("hidden");
    server.execute(
        "hidden",
        "CREATE TABLE t (id int PRIMARY KEY) ENGINE = InnoDB",
        "CREATE TABLE u (id int PRIMARY KEY) ENGINE = InnoDB",
        "CREATE TABLE w (id int PRIMARY KEY) ENGINE = InnoDB");
    TableId id = new TableId("hidden", "t");
    try (Connection holding = server.connect("hidden");
        Connection renaming = server.connect("hidden");
        Connection looking = server.connect("hidden")) {
      looking.setAutoCommit(false);
      MySqlQueries queries = new MySqlQueries(looking);
      List<Table> tables = MySqlCatalog.tables(queries, ALL);
      Map<TableId, TargetFacts.Fact> before = MySqlTargetFacts.whole().read(looking, List.of(id));
      queries.list("holding a lock", "SELECT id FROM u", row -> row.getInt(1));
      holding.setAutoCommit(false);
      holding.createStatement().execute("SELECT id FROM w");
      FutureTask<Void> rename =
          new FutureTask<>(
              () -> {
                renaming.createStatement().execute("RENAME TABLE t TO t2, w TO w2");
                renaming.createStatement().execute("RENAME TABLE t2 TO t, w2 TO w");
                return null;
              });
      new Thread(rename, "renaming").start();
      Await.until(
          "the first table is locked",
          Duration.ofSeconds(60),
          () ->
              !queries
                  .list(
                      "asking",
                      "SELECT 1 FROM information_schema.PROCESSLIST"
                          + " WHERE INFO LIKE 'RENAME%' AND STATE LIKE 'Waiting for table%'",
                      row -> row.getInt(1))
                  .isEmpty(),
          () -> "it is not");
      assertHidden(() -> MySqlTargetFacts.whole().read(looking, List.of(id)));
      assertHidden(() -> MySqlCatalog.tables(queries, ALL));
      holding.rollback();
      rename.get();
      assertThat(MySqlTargetFacts.whole().read(looking, List.of(id)).get(id).obstacles()).isEmpty();
      assertThat(before.get(id).obstacles()).isEmpty();
      assertThat(MySqlCatalog.tables(queries, ALL)).isEqualTo(tables).hasSize(3);
    }
  }

  private static void assertHidden(ThrowingCallable look) {
    assertThatThrownBy(look)
        .isInstanceOfSatisfying(
            DatabaseException.class,
            e -> assertThat(e.kind()).isEqualTo(DatabaseException.Kind.RETRYABLE))
        .hasMessageContaining("'hidden'.'t' was skipped")
        .hasMessageContaining("modified by concurrent DDL");
  }

  private static Void alter(MySqlServer server) throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      server.execute(
          "altered",
          "ALTER TABLE t ADD INDEX i (v), ALGORITHM = INPLACE",
          "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (v) REFERENCES p (id)",
          "ALTER TABLE t DROP FOREIGN KEY f",
          "ALTER TABLE t AUTO_INCREMENT = " + (100 + round),
          "ALTER TABLE t DROP INDEX i, ALGORITHM = COPY",
          "RENAME TABLE t TO u, u TO t");
    }
    return null;
  }
}
