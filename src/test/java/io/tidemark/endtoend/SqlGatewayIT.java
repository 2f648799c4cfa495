package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.BuiltJars;
import io.tidemark.endtoend.fixture.FlinkCluster;
import io.tidemark.endtoend.fixture.SqlGateway;
import io.tidemark.endtoend.fixture.SqlShop;
import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The jar for Flink's {@code lib/} in a standalone cluster with Flink's own SQL gateway and SQL
 * client, none of which has anything else of Tidemark's: the SQL files of {@code jobs}, as users
 * run them.
 */
@Timeout(240)
class SqlGatewayIT {

  private static final Duration LONG = Duration.ofSeconds(90);

  @Postgres private static PostgresServer postgres;
  @MySql private static MySqlServer mysql;
  @TempDir private static Path folder;

  private static FlinkCluster cluster;
  private static SqlGateway gateway;

  @BeforeAll
  static void startFlink() throws Exception {
    cluster = FlinkCluster.start(folder, List.of(BuiltJars.forLib()));
    gateway = SqlGateway.start(cluster);
  }

  @AfterAll
  static void stopFlink() throws Exception {
    if (gateway != null) {
      gateway.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  private static void await(String what, String job, Callable<Boolean> condition) throws Exception {
    Await.until(what, LONG, condition, () -> cluster.describe(job));
  }

  /** Gives a file to the SQL client and returns its one job. */
  private static String submit(String name, Map<String, String> environment) throws Exception {
    Path file = folder.resolve(name);
    Files.writeString(file, SqlShop.filled(Path.of("jobs", name), environment));
    List<String> jobs = gateway.runFile(file, folder.resolve("client"));
    assertThat(jobs).hasSize(1);
    return jobs.get(0);
  }

  @Test
  void oneTableOverRest() throws Exception {
    SqlShop shop = new SqlShop(postgres);
    String text = SqlShop.filled(Path.of("jobs", "one-table.sql"), shop.oneTable());
    // The file's comments have semicolons in them; each of its statements ends a line with one.
    List<String> statements =
        List.of(text.replaceAll("(?m)^\\s*--.*$", "").strip().split(";\\s*(\n|$)"));
    SqlGateway.Session session = gateway.open();
    for (String statement : statements.subList(0, statements.size() - 1)) {
      session.execute(statement).awaitEnd();
    }
    SqlGateway.Answer sums = session.execute(statements.get(statements.size() - 1));
    sums.await(List.of("1 500 750.00", "2 500 750.00"));
    shop.execute("UPDATE orders SET amount = 1000 WHERE id = 1", "DELETE FROM orders WHERE id = 2");
    sums.await(List.of("1 499 748.50", "2 500 1748.50"));
    cluster.cancel(sums.job());
    shop.drop("tidemark_orders_by_customer");
  }

  @Test
  void joinWithTheClient() throws Exception {
    SqlShop shop = new SqlShop(postgres);
    String job = submit("join.sql", shop.join(mysql));
    await(
        "the sums are there",
        job,
        () ->
            shop.rows("reports", SqlShop.REVENUE)
                .equals(List.of("Chile 500 750.00", "Norway 500 750.00")));
    mysql.execute("crm", "UPDATE customer SET country = 'Chile' WHERE id = 1");
    shop.execute("DELETE FROM orders WHERE id > 10");
    await(
        "the sums have followed",
        job,
        () -> shop.rows("reports", SqlShop.REVENUE).equals(List.of("Chile 10 15.00")));
    cluster.cancel(job);
    shop.drop("tidemark_revenue");
  }

  @Test
  void wholeDatabaseWithTheClient() throws Exception {
    SqlShop shop = new SqlShop(postgres);
    String job = submit("whole-database.sql", shop.wholeDatabase());
    await("the rows are there", job, shop::isCopied);
    assertThat(shop.slots()).containsExactly("tidemark_shop_copy");
    shop.execute(
        "UPDATE customer SET name = 'new' WHERE id < 10", "DELETE FROM orders WHERE id % 3 = 0");
    await("the copy has followed", job, shop::isCopied);
    cluster.cancel(job);
    shop.drop("tidemark_shop_copy");
  }
}
