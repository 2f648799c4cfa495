package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.FencedException;
import io.tidemark.database.Ledger;
import io.tidemark.database.SourceControl;
import io.tidemark.database.SourceDatabase;
import io.tidemark.database.SourceMemory;
import io.tidemark.database.postgres.PostgresSource;
import io.tidemark.database.postgres.PostgresTarget;
import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.settings.Renaming;
import io.tidemark.settings.Selection;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * An attempt at a stream whose log was meant to be made, and that stood still meanwhile, does
 * nothing to the log that the attempt after it has made.
 */
class StalledOpeningIT {

  private static final Duration LONGEST = Duration.ofSeconds(90);

  @Postgres private static PostgresServer server;

  /** Where an attempt stands still until it is let go on. */
  private record Stall(String method, CountDownLatch reached, CountDownLatch over) {

    Stall(String method) {
      this(method, new CountDownLatch(1), new CountDownLatch(1));
    }

    void before(String called) throws InterruptedException {
      if (called.equals(method)) {
        reached.countDown();
        assertThat(over.await(LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  /** Between its claim and its first word to the source, to which nobody can end its session. */
  @Test
  void afterItsClaimItIsFencedBeforeItTouchesTheLog() throws Exception {
    assertThat(overtaken("stalled_claim", new Stall("openControl")))
        .isInstanceOf(FencedException.class);
  }

  /** Between its last look at the ledger and the log: the newer attempt has ended its session. */
  @Test
  void afterItsLastLookAtTheLedgerItHasNoSession() throws Exception {
    assertThat(overtaken("stalled_look", new Stall("createLog")))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("terminating connection due to administrator command");
  }

  /** Why the older attempt fails, after which the log has been found as it was. */
  private static Throwable overtaken(String stream, Stall stall) throws Exception {
    String target = stream + "_target";
    server.createDatabase(stream);
    server.createDatabase(target);
    for (String database : new String[] {stream, target}) {
      server.execute(database, "CREATE TABLE public.t (id int PRIMARY KEY)");
    }
    Ledger ledger = new PostgresTarget(server.spec(target), stream, Renaming.none()).ledger(stream);
    SourceDatabase source =
        new PostgresSource(
            server.spec(stream), stream, new Selection(List.of("public.t"), Map.of(), Map.of()));
    try (SourceControl control = source.openControl(1)) {
      ledger.recordIntent(ledger.claim("dead").epoch(), control.identity());
    }
    CompletableFuture<StreamOpening.Opened> older =
        CompletableFuture.supplyAsync(() -> open(stalling(source, stall), ledger, "older"));
    assertThat(stall.reached().await(LONGEST.toSeconds(), TimeUnit.SECONDS)).isTrue();
    try (SourceControl newer = open(source, ledger, "newer").control()) {
      server.execute(stream, "INSERT INTO public.t VALUES (1)");
      String slot = slot(stream);
      stall.over().countDown();
      Throwable failure =
          Objects.requireNonNull(
              older.handle((opened, failed) -> failed).get(LONGEST.toSeconds(), TimeUnit.SECONDS),
              "the older attempt went on");
      assertThat(slot(stream)).isEqualTo(slot);
      newer.requireNothingUnlogged();
      return failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    } finally {
      server.execute(stream, "SELECT pg_drop_replication_slot('tidemark_" + stream + "')");
    }
  }

  private static StreamOpening.Opened open(
      SourceDatabase source, Ledger ledger, String incarnation) {
    return new StreamOpening(
            source, Optional.of(ledger), new Submission(incarnation, List.of(), SourceMemory.NONE))
        .open(
            new StreamOpening.Checkpointed(
                EnumeratorState.EMPTY, Optional.empty(), List.of(), List.of()));
  }

  private static String slot(String stream) throws Exception {
    try (Connection connection = server.connect(stream);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT concat_ws(' ', catalog_xmin, restart_lsn, confirmed_flush_lsn)"
                    + " FROM pg_replication_slots WHERE slot_name = 'tidemark_"
                    + stream
                    + "'")) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }

  private static SourceDatabase stalling(SourceDatabase real, Stall stall) {
    return stalling(SourceDatabase.class, real, stall);
  }

  /** The same as {@code real}, and so is the control that it opens, but for the stall. */
  private static <T> T stalling(Class<T> type, T real, Stall stall) {
    Object stalling =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              stall.before(method.getName());
              try {
                Object returned = method.invoke(real, arguments);
                return returned instanceof SourceControl control
                    ? stalling(SourceControl.class, control, stall)
                    : returned;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    return type.cast(stalling);
  }
}
