package io.tidemark.database.mysql.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.Waits;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who holds a table or a row that a session of the stream waits for. */
@Timeout(120)
class MySqlWaitsIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @ParameterizedTest
  @CsvSource({
    "MYSQL, LOCK TABLES t READ, which holds table waits.t",
    "MYSQL, UPDATE t SET n = 3, which holds rows of table waits.t",
    "MARIADB, LOCK TABLES t READ, Waiting for table metadata lock",
    "MARIADB, UPDATE t SET n = 3, which holds rows of table `waits`.`t`"
  })
  void aHolderIsNamedAsFarAsItIsShown(MySqlVendor vendor, String statement, String words)
      throws Exception {
    MySqlServer server = LOANS.mySql("source", vendor);
    server.execute(
        "",
        "CREATE DATABASE IF NOT EXISTS waits",
        "CREATE TABLE IF NOT EXISTS waits.t (id INT PRIMARY KEY, n INT)",
        "REPLACE INTO waits.t VALUES (1, 0)");
    // Whoever holds is closed first: closing the one that waits would wait too.
    try (MySqlQueries waiting =
            new MySqlQueries(MySqlSessions.open(server.spec("waits"), "tidemark:waits:5:lock"));
        Connection holding = server.connect("waits");
        MySqlWaits waits = new MySqlWaits(server.spec("waits"), "waits", any -> Map.of())) {
      assertThat(waits.look()).isEmpty();
      holding.setAutoCommit(false);
      holding.createStatement().execute("UPDATE t SET n = 7 WHERE id = 1");
      CompletableFuture<Void> done =
          CompletableFuture.runAsync(() -> waiting.execute("waiting", statement));
      long deadline = System.nanoTime() + Duration.ofSeconds(40).toNanos();
      List<Waits.Wait> found = waits.look();
      while (found.isEmpty() && System.nanoTime() < deadline) {
        // MariaDB's tables of locks are not brought up to date while they are read all the time.
        TimeUnit.MILLISECONDS.sleep(200);
        found = waits.look();
      }
      assertThat(found).hasSize(1);
      assertThat(found.get(0).session()).isEqualTo("tidemark:waits:5:lock");
      assertThat(found.get(0).blocker()).contains(words);
      holding.rollback();
      done.join();
    }
  }
}
