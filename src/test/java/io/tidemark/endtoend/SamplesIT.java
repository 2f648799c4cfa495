package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.Dataset;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.Thoroughness;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.lab.Loans;
import io.tidemark.verify.ComparisonReport;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Public sample databases, copied while they are written to. */
class SamplesIT {

  @RegisterExtension final Loans loans = new Loans();

  /** Statements that each change something else every time, with the number of the round for %d. */
  private static final List<String> SAKILA_WRITES =
      List.of(
          "INSERT INTO actor (first_name, last_name) VALUES ('ADA %1$d', 'ÖZ')",
          "UPDATE film SET rental_rate = 1 + (%1$d %% 90) / 10.0, title = title || ''"
              + " WHERE film_id = 1 + %1$d * 7 %% 1000",
          "INSERT INTO payment (customer_id, staff_id, rental_id, amount, payment_date)"
              + " SELECT 1 + %1$d %% 500, 1, min(rental_id), %1$d / 100.0,"
              + " timestamp '2007-01-02' + (%1$d %% 120) * interval '1 day'"
              + " FROM rental WHERE rental_id > %1$d %% 16000",
          "UPDATE customer SET active = 1 - active WHERE customer_id = 1 + %1$d * 13 %% 590",
          "UPDATE film_actor SET actor_id = 200 WHERE actor_id = 1 + %1$d %% 199"
              + " AND film_id = (SELECT min(film_id) FROM film_actor WHERE actor_id = 1 + %1$d %%"
              + " 199) AND NOT EXISTS (SELECT FROM film_actor AS x WHERE x.actor_id = 200"
              + " AND x.film_id = film_actor.film_id)",
          "DELETE FROM payment WHERE payment_id = 16000 + %1$d",
          "UPDATE rental SET return_date = NULL WHERE rental_id = 1 + %1$d * 31 %% 16000");

  private static final List<String> CHINOOK_WRITES =
      List.of(
          "INSERT INTO artist VALUES (1000 + %1$d, 'Björk “%1$d”')",
          "UPDATE track SET unit_price = 0.99 + %1$d %% 5, composer = CASE %1$d %% 3 WHEN 0 THEN ''"
              + " WHEN 1 THEN NULL ELSE composer END WHERE track_id = 1 + %1$d * 11 %% 3500",
          "DELETE FROM playlist_track WHERE playlist_id = 1 AND track_id = 1 + %1$d",
          "UPDATE playlist_track SET playlist_id = 2 WHERE playlist_id = 8 AND track_id = 1 + %1$d",
          "UPDATE invoice SET total = total + 1 WHERE invoice_id = 1 + %1$d %% 400");

  private static final List<String> CHINOOK_WRITES_OF_MYSQL =
      List.of(
          "INSERT INTO Artist VALUES (1000 + %1$d, 'Björk “%1$d”')",
          "UPDATE Track SET UnitPrice = 0.99 + %1$d %% 5, Composer = CASE %1$d %% 3 WHEN 0 THEN ''"
              + " WHEN 1 THEN NULL ELSE Composer END WHERE TrackId = 1 + %1$d * 11 %% 3500",
          "DELETE FROM PlaylistTrack WHERE PlaylistId = 1 AND TrackId = 1 + %1$d",
          "UPDATE PlaylistTrack SET PlaylistId = 2 WHERE PlaylistId = 8 AND TrackId = 1 + %1$d",
          "UPDATE Invoice SET Total = Total + 1 WHERE InvoiceId = 1 + %1$d %% 400");

  static Stream<Route> ofSakila() {
    return Thoroughness.cases(List.of(Route.POSTGRES_TO_POSTGRES), Route.POSTGRES_TO_MYSQL);
  }

  @ParameterizedTest
  @MethodSource("ofSakila")
  void copiesSakila(Route route) throws Exception {
    copies(route, Dataset.SAKILA, SAKILA_WRITES, 20);
  }

  static Stream<Route> ofChinook() {
    return Thoroughness.cases(
        List.of(Route.POSTGRES_TO_MYSQL, Route.MYSQL_TO_POSTGRES),
        Route.POSTGRES_TO_POSTGRES,
        Route.MYSQL_TO_MYSQL);
  }

  @ParameterizedTest
  @MethodSource("ofChinook")
  void copiesChinook(Route route) throws Exception {
    if (route.source() == Vendor.POSTGRES) {
      copies(route, Dataset.CHINOOK, CHINOOK_WRITES, 11);
    } else {
      copies(route, Dataset.CHINOOK_OF_MYSQL, CHINOOK_WRITES_OF_MYSQL, 11);
    }
  }

  private void copies(Route route, Dataset dataset, List<String> writes, int minTables)
      throws Exception {
    assumeTrue(dataset.absence().isEmpty(), dataset.absence());
    TwoServers.Pair pair = TwoServers.on(loans, route).pair(dataset.name());
    dataset.load(pair.source(), pair.name());
    if (route.source() == Vendor.POSTGRES) {
      // Tables without a key tell their rows apart by everything in them.
      pair.execute(
          """
            DO $$
            DECLARE t regclass;
            BEGIN
              FOR t IN SELECT c.oid FROM pg_class AS c WHERE c.relkind = 'r'
                  AND c.relnamespace = 'public'::regnamespace
                  AND NOT EXISTS (SELECT FROM pg_index AS i
                                  WHERE i.indrelid = c.oid AND i.indisprimary) LOOP
                EXECUTE 'ALTER TABLE ' || t || ' REPLICA IDENTITY FULL';
              END LOOP;
            END $$
            """);
    }
    AtomicBoolean stopping = new AtomicBoolean();
    AtomicLong rounds = new AtomicLong();
    AtomicReference<SQLException> failure = new AtomicReference<>();
    Thread writer = new Thread(() -> write(pair, writes, stopping, rounds, failure), "writer");
    writer.start();
    try (CopyJob job = CopyJob.start(JobSettings.of(pair).chunkRows(1_000))) {
      job.awaitConsistent().awaitFinished();
      long before = rounds.get();
      job.await(
          "300 rounds further on",
          CopyJob.LONG,
          () -> rounds.get() > before + 300 || failure.get() != null);
      stopping.set(true);
      writer.join();
      assertThat((Throwable) failure.get()).isNull();
      job.awaitCaughtUp();
      ComparisonReport report = pair.compare();
      assertThat(report.findings()).isEmpty();
      assertThat(report.tables()).hasSizeGreaterThanOrEqualTo(minTables);
      assertThat(report.sourceRows()).isGreaterThan(15_000);
      if (route == Route.POSTGRES_TO_POSTGRES) {
        assertThat(report.notes()).noneMatch(note -> note.contains("lacks"));
      }
    } finally {
      stopping.set(true);
      writer.join();
    }
  }

  private static void write(
      TwoServers.Pair pair,
      List<String> writes,
      AtomicBoolean stopping,
      AtomicLong rounds,
      AtomicReference<SQLException> failure) {
    try (Connection connection = pair.source().connect(pair.name());
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      while (!stopping.get()) {
        long round = rounds.incrementAndGet();
        for (String sql : writes) {
          statement.execute(sql.formatted(round));
        }
        connection.commit();
      }
    } catch (SQLException e) {
      failure.set(e);
    }
  }
}
