package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.Bank;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.StreamWatch;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.Loans;
import java.sql.Connection;
import java.time.Duration;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The workload itself: at the source, its books must agree at every moment. */
class BankIT {

  @RegisterExtension final Loans loans = new Loans();

  @ParameterizedTest
  @EnumSource(names = {"POSTGRES_TO_POSTGRES", "MYSQL_TO_MYSQL"})
  void booksAgreeAtTheSourceAtAllTimes(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(loans, route).pair("bank");
    try (Bank bank = Bank.create(pair.source().spec(pair.name()), 1000);
        Connection source = pair.source().connect(pair.name())) {
      bank.startWriters(3, 400);
      long money = Bank.Books.read(source).money();
      assertThat(money).isEqualTo(1_100_000);
      Await.until(
          "1000 transactions done",
          Duration.ofSeconds(60),
          () -> {
            Bank.Books books = Bank.Books.read(source);
            assertThat(books.money()).isEqualTo(money);
            assertThat(books.miscounted()).isZero();
            return bank.transactions() > 1000;
          },
          () -> bank.transactions() + " done");
    }
    assertThat(new StreamWatch(pair).consistent()).isFalse();
    assertThat(new StreamWatch(pair).position()).isEmpty();
    assertThat(new StreamWatch(pair).describe()).contains("slot: none");
  }
}
