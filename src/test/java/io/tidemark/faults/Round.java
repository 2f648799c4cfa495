package io.tidemark.faults;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.Bank;
import io.tidemark.endtoend.fixture.FlinkCluster;
import io.tidemark.endtoend.fixture.JvmProcess;
import io.tidemark.endtoend.fixture.StreamWatch;
import io.tidemark.endtoend.fixture.TargetPolls;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import io.tidemark.faults.Fault.Leaves;
import io.tidemark.faults.link.Message;
import io.tidemark.faults.link.Proxy;
import io.tidemark.faults.link.Trap;
import io.tidemark.settings.ConnectionSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One stream from its beginning to its end, with a bank at work at its source all the time, and a
 * reader that looks at the books of its target. It is struck by faults in between.
 */
final class Round implements AutoCloseable {

  /** Nothing that is waited for takes as long as this. */
  static final Duration LONG = Duration.ofSeconds(90);

  private static final int ACCOUNTS = 10_000;
  private static final long MONEY = 1_000L * (ACCOUNTS + ACCOUNTS / 10);
  private static final int WRITERS = 3;
  private static final int PER_SECOND = 40;

  /** How many chunks are read before the copy is held. */
  private static final int CHUNKS_BEFORE_GATE = 3;

  private static final Pattern OF_FLINK =
      Pattern.compile(
          "tm_|jm_|blobStore|flink-|localState|executionGraphStore|jobGraphs|jaas-|hsperfdata");

  /** The sum of what a round has seen. */
  record Result(long transactions, long polls) {}

  private final Arena arena;
  private final TwoServers.Pair pair;
  private final List<Fault> faults;
  private final Path checkpoints;
  private final StreamState stream;
  private final StreamWatch watch;
  private final Trap gate;
  private Optional<Bank> bank = Optional.empty();
  private Optional<TargetPolls> polls = Optional.empty();
  private Optional<String> job = Optional.empty();
  private Optional<Long> clock = Optional.empty();
  private Phase phase = Phase.COPY;
  private int parallelism = 2;
  private boolean gone;

  private Round(Arena arena, TwoServers.Pair pair, List<Fault> faults) {
    this.arena = arena;
    this.pair = pair;
    this.faults = faults;
    this.checkpoints = arena.folder().resolve("checkpoints-" + pair.name());
    this.watch = new StreamWatch(pair);
    this.stream = new StreamState(pair);
    AtomicInteger passes = new AtomicInteger(CHUNKS_BEFORE_GATE);
    this.gate =
        arena
            .toSource()
            .hold(
                message ->
                    message.executes()
                        && isOurs(message, "snapshot")
                        && beginsChunk(message.sql())
                        && passes.getAndDecrement() <= 0);
  }

  /** PostgreSQL: before anything is locked. MySQL: a SELECT of rows of either large table. */
  private static boolean beginsChunk(String sql) {
    return sql.contains("LOCK TABLE") || (sql.startsWith("SELECT") && sql.contains("`balance`"));
  }

  /**
   * Starts a stream, and returns when its copy has come half-way; there it is held.
   *
   * @param name of the stream, to which a number is added
   * @param faults that will strike it
   */
  static Round begin(Arena arena, String name, List<Fault> faults) throws Exception {
    Round round = new Round(arena, arena.servers().pair(name), faults);
    try {
      for (Fault fault : faults) {
        fault.prepare(round);
      }
      Bank bank =
          Bank.create(round.pair.source().spec(round.pair.name()), ACCOUNTS).ridingOutages();
      round.bank = Optional.of(bank);
      bank.startWriters(WRITERS, PER_SECOND);
      round.polls = Optional.of(TargetPolls.ofBank(round.pair, MONEY).ridingOutages());
      round.submit(Optional.empty());
      round.await("in the copy", () -> round.watch.chunks() > 0);
      return round;
    } catch (Throwable failure) {
      round.close(failure);
      throw failure;
    }
  }

  /** Lets a fault strike, and returns when the job has got over it. */
  Recovery strike(Fault fault, Phase when) throws Exception {
    phase = when;
    if (when == Phase.STREAM) {
      gate.release();
      await("consistent, with its indexes", watch::finished);
      awaitCaughtUp();
    } else if (watch.consistent()) {
      throw new AssertionError("the copy has ended before it could be struck");
    }
    long before = watch.epoch();
    clock = Optional.empty();
    try {
      fault.inject(this);
    } finally {
      gate.release();
      fault.heal(this);
    }
    if (clock.isEmpty()) {
      startClock();
    }
    if (fault.leaves() == Leaves.NEW_EPOCH) {
      await("taken over under a new epoch", () -> watch.epoch() > before);
    }
    awaitCaughtUp();
    Duration took = Duration.ofNanos(System.nanoTime() - clock.orElseThrow());
    long epochs = watch.epoch() - before;
    if (fault.leaves() == Leaves.SAME_EPOCH && epochs != 0) {
      throw new AssertionError(fault.name() + " has made the job restart" + describe());
    }
    cluster().makeWhole();
    await("rid of sessions of older epochs", () -> watch.formerSessions().isEmpty());
    requireInvariant();
    return new Recovery(fault.name(), when, took, epochs);
  }

  /** Ends it: compares every row, and looks for what is left. */
  Result finish() throws Exception {
    gate.release();
    bank().stop();
    awaitCaughtUp();
    requireEqual(pair.compare().findings(), "", "differences between source and target");
    long polled = polls.orElseThrow().stopAfter(0);
    cluster().cancel(job());
    await("without a session", () -> watch.sessions().isEmpty());
    await("without a thread", () -> threads().isEmpty());
    requireEqual(foreignFiles(), List.of(), "temporary files left");
    stream.drop(file());
    requireEqual(stream.remains(file()), List.of(), "left at the source");
    remove();
    return new Result(bank().transactions(), polled);
  }

  Arena arena() {
    return arena;
  }

  FlinkCluster cluster() {
    return arena.cluster();
  }

  TwoServers.Pair pair() {
    return pair;
  }

  Phase phase() {
    return phase;
  }

  StreamState stream() {
    return stream;
  }

  StreamWatch watch() {
    return watch;
  }

  Bank bank() {
    return bank.orElseThrow();
  }

  String job() {
    return job.orElseThrow();
  }

  Path checkpoints() {
    return checkpoints;
  }

  int parallelism() {
    return parallelism;
  }

  /** Whether a message is of one of this stream's sessions whose role begins like this. */
  boolean isOurs(Message message, String role) {
    String session = message.link().session();
    String prefix = "tidemark:" + pair.name() + ":";
    return session.startsWith(prefix)
        && session.substring(session.indexOf(':', prefix.length()) + 1).startsWith(role);
  }

  /** Recovery is timed from now, and not from the end of {@link Fault#heal}. */
  void startClock() {
    clock = Optional.of(System.nanoTime());
  }

  /** Releases the copy before the fault has struck. */
  void letCopyGoOn() {
    gate.release();
  }

  void submit(Optional<String> checkpoint) throws Exception {
    job = Optional.of(cluster().submit(writeFile(), checkpoint));
  }

  void submit(Optional<String> checkpoint, int newParallelism) throws Exception {
    parallelism = newParallelism;
    submit(checkpoint);
  }

  /** The newest checkpoint on disk, as {@code flink run -s} takes it. */
  Optional<Path> latestCheckpoint() throws IOException {
    if (!Files.isDirectory(checkpoints)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.walk(checkpoints)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .max(Comparator.comparing(file -> file.toFile().lastModified()))
          .map(Path::getParent);
    }
  }

  void await(String what, Callable<Boolean> condition) throws Exception {
    Await.until(what, LONG, condition, this::describe);
  }

  /** Waits until the source has committed that many more transactions. */
  void awaitTransactions(int more) throws Exception {
    long enough = bank().transactions() + more;
    await("at transaction " + enough, () -> bank().transactions() >= enough);
  }

  void awaitCaughtUp() throws Exception {
    String end = watch.logEnd();
    await("caught up to " + end, () -> watch.reached(end) && watch.consistent());
  }

  /** Throws if a look at the target has found half a transaction, or one that is gone again. */
  void requireInvariant() {
    polls
        .flatMap(TargetPolls::firstWrong)
        .ifPresent(
            wrong -> {
              throw new AssertionError("the target is wrong: " + wrong + describe());
            });
  }

  private String describe() {
    return "\n"
        + watch.describe()
        + "\nthe target: "
        + polls.flatMap(TargetPolls::firstWrong).orElse("right")
        + job.map(cluster()::describe).orElse("");
  }

  private List<String> threads() throws IOException {
    List<String> threads = new ArrayList<>();
    for (JvmProcess taskManager : cluster().taskManagers()) {
      taskManager.threads().stream()
          .filter(name -> name.startsWith("tidemark"))
          .forEach(threads::add);
    }
    return threads;
  }

  /** Files in the cluster's temporary folder that are neither Flink's own nor the JVM's. */
  private List<String> foreignFiles() throws IOException {
    try (Stream<Path> files = Files.list(cluster().temporary())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !OF_FLINK.matcher(name).lookingAt())
          .toList();
    }
  }

  private Path file() {
    return arena.folder().resolve(pair.name() + ".yaml");
  }

  private Path writeFile() throws IOException {
    return Files.writeString(
        file(),
        """
        name: %s
        source:
        %s
          tables: ["%s"]
        target:
        %s
        copy:
          cycle: 2s
          chunk-rows: 1000
          parallelism: %d
        checkpoint:
          interval: 500ms
          directory: %s
        """
            .formatted(
                pair.name(),
                through(arena.toSource(), pair.source()),
                String.join("\", \"", pair.selection().patterns()),
                through(arena.toTarget(), pair.target()),
                parallelism,
                checkpoints.toAbsolutePath().toUri()));
  }

  /** Without TLS, through which a proxy could not look. */
  private String through(Proxy proxy, TestServer server) {
    ConnectionSpec spec = server.spec(pair.name());
    return "  url: %s%s\n  user: %s\n  password: \"%s\""
        .formatted(
            spec.url().replace(":" + server.port() + "/", ":" + proxy.port() + "/"),
            server.vendor() == Vendor.POSTGRES
                ? ""
                : "?sslMode=DISABLED&allowPublicKeyRetrieval=true",
            spec.user(),
            spec.password());
  }

  private void requireEqual(Object found, Object expected, String what) {
    if (!found.equals(expected)) {
      throw new AssertionError(what + ": " + found + describe());
    }
  }

  private void remove() throws Exception {
    gone = true;
    try {
      stream.dropDatabases();
    } finally {
      for (Fault fault : faults) {
        fault.cleanUp(this);
      }
    }
  }

  private void close(Throwable failure) {
    try {
      close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }

  /** Removes what a round that did not come to its end has left, so that others can be begun. */
  @Override
  public void close() throws Exception {
    gate.release();
    if (gone) {
      return;
    }
    try {
      if (polls.isPresent()) {
        polls.get().close();
      }
      if (bank.isPresent()) {
        bank.get().close();
      }
      if (job.isPresent()) {
        cluster().rest().cancel(job.get());
        cluster().makeWhole();
      }
    } finally {
      remove();
    }
  }
}
