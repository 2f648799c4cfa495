package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.demo.Shop;
import io.tidemark.cli.demo.ShopWriters;
import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TargetPolls;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import io.tidemark.verify.ComparisonReport;
import java.sql.Connection;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The main job: a shop with writers at work on it, copied and then streamed. */
class MainJobIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  @ParameterizedTest
  @CsvSource({
    "POSTGRES_TO_POSTGRES, 1, 60000",
    "POSTGRES_TO_POSTGRES, 2, 60000",
    "POSTGRES_TO_MYSQL, 2, 20000",
    "POSTGRES_TO_MARIADB, 1, 10000",
    "MYSQL_TO_POSTGRES, 2, 20000",
    "MYSQL_TO_MYSQL, 2, 20000",
    "MYSQL_TO_MARIADB, 1, 10000",
    "MARIADB_TO_POSTGRES, 1, 10000",
    "MARIADB_TO_MYSQL, 1, 10000",
    "MARIADB_TO_MARIADB, 2, 20000"
  })
  void copiesAShopUnderWritesToTheLastByte(Route route, int parallelism, int rows)
      throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("shop");
    Shop shop = new Shop(pair.source().spec(pair.name()));
    shop.fill(rows);
    Shop.Books opening;
    try (Connection connection = pair.source().connect(pair.name())) {
      opening = Shop.Books.read(connection);
    }
    try (ShopWriters writers = ShopWriters.start(shop, 3, OptionalDouble.of(rows / 200.0));
        TargetPolls polls =
            TargetPolls.start(
                pair,
                target -> {
                  Shop.Books books = Shop.Books.read(target);
                  return books.agreeWith(opening)
                      ? Optional.empty()
                      : Optional.of(books + " instead of " + opening);
                });
        CopyJob job = CopyJob.start(JobSettings.of(pair).parallelism(parallelism))) {
      job.awaitConsistent().awaitFinished();
      long before = writers.transactions();
      job.await(
          "further on",
          CopyJob.LONG,
          () -> writers.transactions() > before + rows / 120 || writers.failure().isPresent());
      writers.stop();
      assertThat(writers.failure()).isEmpty();
      job.awaitCaughtUp();
      assertThat(polls.stopAfter(20)).isGreaterThan(20);
      ComparisonReport report = pair.compare();
      assertThat(report.findings()).isEmpty();
      assertThat(report.extraTables()).isEmpty();
      assertThat(report.notes()).noneMatch(note -> note.contains("lacks"));
      assertThat(report.sourceRows()).isGreaterThan(rows);
      // Positions are still written now and then, each in a transaction of its own.
      job.await(
          "between transactions", CopyJob.LONG, () -> job.watch().openTransactions().isEmpty());
    }
  }
}
