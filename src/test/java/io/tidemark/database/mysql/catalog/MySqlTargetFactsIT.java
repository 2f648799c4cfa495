package io.tidemark.database.mysql.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.jdbc.TargetFacts;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is seen of tables that are being altered. */
@Timeout(180)
class MySqlTargetFactsIT {

  private static final int ROUNDS = 60;

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
