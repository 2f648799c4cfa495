package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.JobRun;
import io.tidemark.cli.StreamProgress;
import io.tidemark.cli.demo.EmbeddedMySql;
import io.tidemark.cli.demo.EmbeddedServer;
import io.tidemark.cli.demo.Flavour;
import io.tidemark.cli.demo.Shop;
import io.tidemark.cli.demo.ShopWriters;
import io.tidemark.database.ConnectionSpec;
import io.tidemark.database.ExistingRows;
import io.tidemark.database.Renaming;
import io.tidemark.database.Selection;
import io.tidemark.job.Databases;
import io.tidemark.job.PreparedJob;
import io.tidemark.job.TidemarkJob;
import io.tidemark.testing.MySqlServers;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A shop with writers at work on it, copied to MySQL and MariaDB from every vendor. */
class CopyToMySqlIT {

  private static final Duration LONG = Duration.ofSeconds(240);

  /** A database to copy from or to. */
  private interface Server extends AutoCloseable {
    ConnectionSpec spec();

    @Override
    void close();
  }

  @ParameterizedTest
  @CsvSource({
    "POSTGRESQL,MYSQL",
    "POSTGRESQL,MARIADB",
    "MYSQL,MYSQL",
    "MYSQL,MARIADB",
    "MARIADB,MYSQL"
  })
  void copiesAShopUnderWrites(String from, Flavour to) throws Exception {
    try (Server source = source(from);
        Server target = mySql(to)) {
      Shop shop = new Shop(source.spec());
      shop.fill(10_000);
      Shop.Books opening = books(source);
      String schema = from.equals("POSTGRESQL") ? "public" : "shop";
      Selection selection = new Selection(List.of(schema + ".*"), Map.of(), Map.of());
      Renaming renaming = new Renaming(Map.of(), Map.of(schema, "shop"));
      List<String> findings = new ArrayList<>();
      try (ShopWriters writers = ShopWriters.start(shop, 3, OptionalDouble.of(60))) {
        PreparedJob prepared =
            PreparedJob.prepare(job(source, target, selection, renaming), findings::add)
                .orElseThrow(() -> new AssertionError(String.join("\n", findings)));
        try (JobRun run = JobRun.start(prepared, Optional.empty(), 0)) {
          await(run, "consistent", () -> run.progress().map(StreamProgress::consistent));
          long before = writers.transactions();
          await(
              run,
              "100 transactions on, with books that agree",
              () -> {
                Shop.Books books = books(target);
                assertThat(books.agreeWith(opening))
                    .as("%s instead of %s", books, opening)
                    .isTrue();
                return Optional.of(writers.transactions() > before + 100);
              });
          writers.stop();
          assertThat(writers.failure()).isEmpty();
          await(run, "finished", () -> run.progress().map(StreamProgress::finished));
          await(
              run,
              "equal to the source",
              () ->
                  Optional.of(
                      Databases.compare(source.spec(), target.spec(), selection, renaming)
                          .identical()));
          run.stop(Duration.ofSeconds(30));
        }
      }
    }
  }

  private static TidemarkJob job(
      Server source, Server target, Selection selection, Renaming renaming) {
    return new TidemarkJob(
        "shop",
        source.spec(),
        selection,
        target.spec(),
        ExistingRows.FAIL,
        renaming,
        new TidemarkJob.Copy(Duration.ofSeconds(2), 2_000, 2, 8L << 30),
        new TidemarkJob.Checkpoint(Duration.ofSeconds(1), Optional.empty()));
  }

  private static Shop.Books books(Server server) throws SQLException {
    ConnectionSpec spec = server.spec();
    try (Connection connection =
        DriverManager.getConnection(
            spec.url().replace("jdbc:mariadb:", "jdbc:mysql:"), spec.user(), spec.password())) {
      return Shop.Books.read(connection);
    }
  }

  private static Server source(String vendor) throws SQLException {
    return vendor.equals("POSTGRESQL") ? postgres() : mySql(Flavour.valueOf(vendor));
  }

  private static Server postgres() throws SQLException {
    EmbeddedServer server = new EmbeddedServer(Map.of("fsync", "off"));
    server.createDatabase("shop");
    return new Server() {
      @Override
      public ConnectionSpec spec() {
        return server.spec("shop");
      }

      @Override
      public void close() {
        server.close();
      }
    };
  }

  private static Server mySql(Flavour flavour) throws SQLException {
    EmbeddedMySql server = MySqlServers.start(flavour);
    server.createDatabase("shop");
    return new Server() {
      @Override
      public ConnectionSpec spec() {
        return server.spec("shop");
      }

      @Override
      public void close() {
        server.close();
      }
    };
  }

  private static void await(JobRun run, String what, Callable<Optional<Boolean>> condition)
      throws Exception {
    long deadline = System.nanoTime() + LONG.toNanos();
    while (!condition.call().orElse(false)) {
      if (run.awaitEnd(Duration.ofMillis(200)) || System.nanoTime() > deadline) {
        StringWriter trace = new StringWriter();
        run.newFailure().ifPresent(failure -> failure.printStackTrace(new PrintWriter(trace)));
        run.fatalFailure().ifPresent(failure -> failure.printStackTrace(new PrintWriter(trace)));
        throw new AssertionError("the job is not " + what + ": " + run.progress() + "\n" + trace);
      }
    }
  }
}
