package io.tidemark.database.mysql.ddl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import io.tidemark.database.mysql.ddl.TablePlan.Addition;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.schema.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MySqlFinishIT {

  @RegisterExtension final Loans loans = new Loans();

  private static final TableId TABLE = new TableId("d", "swaps");

  /**
   * Two values change places in one statement: for a moment one of them is there twice, which an
   * index that is built meanwhile takes for a duplicate. The writer never rests.
   */
  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void aUniqueIndexIsBuiltWhileValuesChangePlaces(MySqlVendor flavour) throws Exception {
    MySqlServer server = loans.mySql("target", flavour);
    fill(server);
    AtomicInteger swaps = new AtomicInteger();
    ExecutorService writer = Executors.newSingleThreadExecutor();
    try {
      Future<?> refused = writer.submit(() -> swapUntilRefused(server, swaps));
      finish(server).finish("tidemark:test:1:finish");
      refused.get(10, TimeUnit.SECONDS);
    } finally {
      writer.shutdownNow();
    }
    assertThat(swaps).hasPositiveValue();
  }

  /** The server keeps what is written meanwhile, but only so much of it. */
  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void anIndexIsBuiltWhereMoreIsWrittenThanTheServerKeeps(MySqlVendor flavour) throws Exception {
    MySqlServer server =
        loans.mySql(
            "target",
            flavour,
            "innodb_online_alter_log_max_size=65536",
            "innodb_sort_buffer_size=65536");
    fill(server);
    AtomicBoolean built = new AtomicBoolean();
    ExecutorService writer = Executors.newSingleThreadExecutor();
    try {
      Future<Integer> written = writer.submit(() -> moveUntil(built, server));
      finish(server).finish("tidemark:test:1:finish");
      built.set(true);
      assertThat(written.get(10, TimeUnit.SECONDS)).isPositive();
    } finally {
      writer.shutdownNow();
    }
  }

  private static int moveUntil(AtomicBoolean built, MySqlServer server) throws SQLException {
    int turns = 0;
    try (Connection connection = server.connect("");
        Statement statement = connection.createStatement()) {
      while (!built.get()) {
        turns++;
        statement.execute(
            "UPDATE d.swaps SET place = -id - 1000000 * (%d %% 2) WHERE id < 4000"
                .formatted(turns));
      }
    }
    return turns;
  }

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void valuesThatAreTwiceAtTheTargetAreAnErrorThatNamesTheIndex(MySqlVendor flavour)
      throws Exception {
    MySqlServer server = loans.mySql("target", flavour);
    fill(server);
    server.execute("", "UPDATE d.swaps SET place = 7 WHERE id = 70000");
    assertThatThrownBy(() -> finish(server).finish("tidemark:test:1:finish"))
        .isInstanceOfSatisfying(
            DatabaseException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DATA))
        .hasMessageContaining("place of table d.swaps")
        .hasMessageContaining("collation")
        .hasMessageNotContaining("'7'")
        .hasStackTraceContaining("error 1062")
        .satisfies(e -> assertThat(e.getCause()).hasMessageNotContaining("'7'"));
  }

  /** With the index there, a value may not even for a moment be there twice. */
  private static int swapUntilRefused(MySqlServer server, AtomicInteger swaps) throws SQLException {
    try (Connection connection = server.connect("");
        Statement statement = connection.createStatement()) {
      while (true) {
        try {
          statement.execute(swap(swaps.get()));
        } catch (SQLIntegrityConstraintViolationException e) {
          return swaps.get();
        }
        swaps.incrementAndGet();
      }
    }
  }

  private static void fill(MySqlServer server) throws SQLException {
    server.execute(
        "",
        "CREATE DATABASE d",
        "CREATE TABLE d.swaps (id int PRIMARY KEY, place int)",
        "INSERT INTO d.swaps SELECT i, i FROM " + Vendor.MYSQL.series(1, 800));
    for (int rows = 800; rows < 100_000; rows *= 2) {
      server.execute(
          "", "INSERT INTO d.swaps SELECT id + %d, place + %d FROM d.swaps".formatted(rows, rows));
    }
  }

  private static String swap(int turn) {
    return turn % 2 == 0
        ? "INSERT INTO d.swaps VALUES (1, 2), (2, 1) ON DUPLICATE KEY UPDATE place = VALUES(place)"
        : "INSERT INTO d.swaps VALUES (1, 1), (2, 2) ON DUPLICATE KEY UPDATE place = VALUES(place)";
  }

  private static MySqlFinish finish(MySqlServer server) {
    return new MySqlFinish(
        server.spec(""),
        "test",
        List.of(
            new TablePlan(
                TABLE,
                "",
                Set.of("id", "place"),
                List.of(new Addition("place", "ADD UNIQUE KEY place (place)")),
                List.of())));
  }
}
