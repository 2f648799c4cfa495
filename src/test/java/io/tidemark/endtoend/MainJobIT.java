package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.demo.Shop;
import io.tidemark.cli.demo.ShopWriters;
import io.tidemark.verify.ComparisonReport;
import java.sql.Connection;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The main job: a shop with writers at work on it, copied and then streamed. */
class MainJobIT {

  private static TwoServers servers;

  @BeforeAll
  static void startServers() {
    servers = TwoServers.start();
  }

  @AfterAll
  static void stopServers() {
    servers.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void copiesAShopUnderWritesToTheLastByte(int parallelism) throws Exception {
    TwoServers.Pair pair = servers.pair("shop");
    Shop shop = new Shop(pair.source().spec(pair.name()));
    shop.fill(60_000);
    Shop.Books opening;
    try (Connection connection = pair.source().connect(pair.name())) {
      opening = Shop.Books.read(connection);
    }
    try (ShopWriters writers = ShopWriters.start(shop, 3, OptionalDouble.of(300));
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
          "500 transactions further on",
          CopyJob.LONG,
          () -> writers.transactions() > before + 500 || writers.failure().isPresent());
      writers.stop();
      assertThat(writers.failure()).isEmpty();
      job.awaitCaughtUp();
      assertThat(polls.stop()).isGreaterThan(20);
      ComparisonReport report = pair.compare();
      assertThat(report.findings()).isEmpty();
      assertThat(report.extraTables()).isEmpty();
      assertThat(report.notes()).noneMatch(note -> note.contains("lacks"));
      assertThat(report.sourceRows()).isGreaterThan(60_000);
      assertThat(job.watch().openTransactions()).isEmpty();
    }
  }
}
