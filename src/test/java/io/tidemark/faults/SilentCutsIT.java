package io.tidemark.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.Route;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.faults.link.Link;
import io.tidemark.faults.link.Message;
import io.tidemark.faults.link.MySqlLink;
import io.tidemark.faults.link.PostgresLink;
import io.tidemark.faults.link.Proxy;
import io.tidemark.faults.link.Trap;
import io.tidemark.job.TidemarkJob;
import io.tidemark.lab.Loans;
import io.tidemark.settings.ConnectionSpec;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A connection of each kind on which, from one message on, nothing passes any more in either
 * direction, and nobody says so: the job notices, and goes on with another one. That of MySQL's log
 * has no name to be told by: {@code SilentLogIT}.
 */
class SilentCutsIT {

  @RegisterExtension static final Loans LOANS = new Loans();

  private static final int SECONDS = 3;

  /** What is silent from some message on: all of one connection, for good. */
  private record Silence(AtomicReference<Link> victim, Predicate<Message> from)
      implements Predicate<Message> {

    static Silence from(Predicate<Message> first) {
      return new Silence(new AtomicReference<>(), first);
    }

    @Override
    public boolean test(Message message) {
      if (victim.get() == null && from.test(message)) {
        victim.compareAndSet(null, message.link());
      }
      return message.link() == victim.get();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"POSTGRES_TO_POSTGRES", "MYSQL_TO_MYSQL"})
  void aConnectionOfAnyKindThatGoesSilentIsReplaced(Route route) throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, route).pair("silent");
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int)",
        "INSERT INTO t SELECT i, 0 FROM " + route.source().series(1, 3000));
    try (Proxy toSource = proxy(pair.source());
        Proxy toTarget = proxy(pair.target())) {
      try (Trap read = toSource.hold(Silence.from(role("snapshot").and(readsChunk())));
          CopyJob job = CopyJob.start(pair, job(pair, toSource, toTarget))) {
        awaitNewEpoch("a chunk is read", read, job, pair, 1);
        read.release();
        awaitGettingOver(
            "a chunk is written", toTarget, role("write").and(writesChunk()), job, pair);
        job.awaitConsistent().awaitFinished();
        awaitGettingOver("the coordinator asks", toSource, role("control"), job, pair);
        awaitGettingOver("the log reader asks", toSource, role("lookup"), job, pair);
        if (route.source() == Vendor.POSTGRES) {
          Predicate<Message> answers = message -> !message.toServer();
          awaitGettingOver("the log is read", toSource, role("log").and(answers), job, pair);
        }
        awaitGettingOver(
            "the log is written", toTarget, role("write").and(Message::executes), job, pair);
      }
      assertThat(pair.compare().findings()).isEmpty();
    }
  }

  /** Whether rows keep their meaning is asked beside what the copy asks. */
  @Test
  void aQuestionOfTheCopyThatHangsHoldsUpNothingElse() throws Exception {
    TwoServers.Pair pair = TwoServers.on(LOANS, Route.POSTGRES_TO_POSTGRES).pair("hung");
    pair.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int)",
        "INSERT INTO t SELECT i, 0 FROM generate_series(1, 3000) AS i",
        "ANALYZE t");
    try (Proxy toSource = proxy(pair.source());
        Trap planning =
            toSource.hold(
                Silence.from(
                    role("control")
                        .and(Message::executes)
                        .and(
                            message ->
                                message.sql().startsWith("SELECT")
                                    && message.sql().contains("\"public\".\"t\""))));
        CopyJob job =
            CopyJob.start(
                pair,
                job(
                    pair,
                    through(pair.source(), pair.name(), toSource, ""),
                    pair.target().spec(pair.name())))) {
      job.await("asking where to cut the table", planning::hasSprung);
      pair.execute("ALTER TABLE t ALTER n TYPE int USING n + 1");
      assertThat(CopyJob.trace(job.awaitFailure(CopyJob.LONG)))
          .contains("its rows were written anew while column n was altered");
      assertThat(planning.hasSprung()).as("and is not answered yet").isTrue();
    }
  }

  private static void awaitGettingOver(
      String what, Proxy proxy, Predicate<Message> from, CopyJob job, TwoServers.Pair pair)
      throws Exception {
    long before = job.watch().epoch();
    try (Trap trap = proxy.hold(Silence.from(from))) {
      awaitNewEpoch(what, trap, job, pair, before);
      if (job.watch().consistent()) {
        job.awaitCaughtUp();
      }
    }
  }

  private static void awaitNewEpoch(
      String what, Trap trap, CopyJob job, TwoServers.Pair pair, long before) throws Exception {
    job.await(
        "silent while " + what,
        () -> {
          pair.execute("UPDATE t SET n = n + 1 WHERE id = 1");
          return trap.hasSprung();
        });
    job.await(
        "taken over after silence while " + what, CopyJob.LONG, () -> job.watch().epoch() > before);
  }

  private static Predicate<Message> role(String role) {
    return message -> message.link().session().matches("tidemark:\\w+:\\d+:" + role + "(-\\d+)?");
  }

  private static Predicate<Message> readsChunk() {
    return message ->
        message.executes()
            && (message.sql().startsWith("COPY")
                || message.sql().contains("FORCE INDEX")
                || message.sql().contains("FROM `silent"));
  }

  private static Predicate<Message> writesChunk() {
    return message -> message.executes() && message.sql().contains("INTO tidemark.chunk");
  }

  private static Proxy proxy(TestServer server) {
    return server.vendor() == Vendor.POSTGRES
        ? new Proxy(server.port(), PostgresLink::new)
        : new Proxy(server.port(), MySqlLink::new);
  }

  private static TidemarkJob job(TwoServers.Pair pair, Proxy toSource, Proxy toTarget) {
    return job(
        pair,
        through(pair.source(), pair.name(), toSource, impatient(pair.source())),
        through(pair.target(), pair.name(), toTarget, impatient(pair.target())));
  }

  private static TidemarkJob job(
      TwoServers.Pair pair, ConnectionSpec source, ConnectionSpec target) {
    TidemarkJob usual = JobSettings.of(pair).chunkRows(500).job();
    return new TidemarkJob(
        usual.name(),
        source,
        usual.selection(),
        target,
        usual.existing(),
        usual.renaming(),
        usual.copy(),
        usual.checkpoint());
  }

  private static String impatient(TestServer server) {
    return server.vendor() == Vendor.POSTGRES
        ? "?socketTimeout=" + SECONDS
        : "?sslMode=DISABLED&allowPublicKeyRetrieval=true&socketTimeout=" + SECONDS * 1000;
  }

  private static ConnectionSpec through(
      TestServer server, String database, Proxy proxy, String options) {
    ConnectionSpec direct = server.spec(database);
    return new ConnectionSpec(
        direct.url().replace(":" + server.port() + "/", ":" + proxy.port() + "/") + options,
        direct.user(),
        direct.password());
  }
}
