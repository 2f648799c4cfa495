package io.tidemark.attack;

import io.tidemark.attack.Step.Weight;
import io.tidemark.attack.Verdict.End;
import io.tidemark.endtoend.fixture.Await;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Does what a seed does, and judges what became of it. */
final class Trial implements AutoCloseable {

  /** Longer than anything takes that comes to an end, on a busy machine. */
  private static final Duration LONG = Duration.ofSeconds(45);

  /** What has no place in the log is noticed within a second; this machine may be busy. */
  private static final Duration NOTICED = Duration.ofSeconds(6);

  private static final long POLL_NANOS = 15_000_000;
  private static final int STATEMENT_SECONDS = 8;

  /** What a person can do, as every message has to say. */
  private static final Pattern ADVICE =
      Pattern.compile(
          "(?i)tidemark drop|copy (it )?again|copied again|start (it|the job)? ?again|restart|set"
              + " [a-z_]+|ALTER TABLE|ALTER TYPE|DROP TYPE|give |remove|rename|leave out|taken?"
              + " .*out|schema-changes|change what differs|bring |add it|correct it"
              + "|create the database|drop them|mend |exclude it|correct the names");

  /** MySQL manual, "Statements That Cause an Implicit Commit", as far as they change tables. */
  private static final Pattern COMMITS_FIRST =
      Pattern.compile("(?i)(ALTER|CREATE|DROP|RENAME|TRUNCATE|OPTIMIZE|REPAIR|ANALYZE)\\b");

  private final TwoServers.Pair pair;
  private final Pit pit;
  private final Scenario scenario;
  private final Stream stream;
  private final Audit source;
  private final Audit target;
  private final Connection elsewhere;
  private final List<Connection> sessions = new ArrayList<>();
  private final List<Map<String, String>> states = new ArrayList<>();
  private final List<Long> times = new ArrayList<>();
  private final List<Step> suspects = new ArrayList<>();
  private final Map<String, String> globals;
  private final List<String> log = new ArrayList<>();
  private int reached;
  private int markers;
  private int executed;
  private int refused;
  private boolean unplaced;

  private Trial(Pit pit, Scenario scenario) throws SQLException {
    this.pit = pit;
    this.scenario = scenario;
    this.globals = pit.globals();
    this.pair = pit.servers().pair("a");
    if (scenario.vendor() != Vendor.POSTGRES) {
      pair.source().createDatabase(pair.name() + "_x");
    }
    pair.execute(scenario.setup().stream().map(this::named).toArray(String[]::new));
    this.stream = new Stream(pit, pair, scenario);
    this.source = new Audit(pair.source(), pair.name(), scenario, false);
    this.target = new Audit(pair.target(), pair.name(), scenario, true);
    this.elsewhere = pair.target().connect(pair.name());
    calm(elsewhere);
    for (int i = 0; i <= Scenario.SESSIONS; i++) {
      Connection session = pair.source().connect(pair.name());
      sessions.add(session);
      calm(session);
    }
  }

  /** Nobody waits long for a lock. */
  private void calm(Connection session) throws SQLException {
    try (Statement statement = session.createStatement()) {
      statement.execute(
          scenario.vendor() == Vendor.POSTGRES
              ? "SET lock_timeout = 200"
              : "SET lock_wait_timeout = 1, innodb_lock_wait_timeout = 1");
    }
  }

  /**
   * Tries one.
   *
   * @throws AssertionError if the trial itself went wrong
   */
  static Verdict of(Pit pit, Scenario scenario) throws Exception {
    return of(pit, scenario, false);
  }

  /**
   * @param telling whether what the source said is printed
   */
  static Verdict of(Pit pit, Scenario scenario, boolean telling) throws Exception {
    try (Trial trial = new Trial(pit, scenario)) {
      Verdict verdict = trial.run();
      if (telling) {
        trial.log.forEach(System.out::println);
      }
      return verdict;
    }
  }

  private Verdict run() throws Exception {
    look();
    if (!scenario.beginsPrepared()) {
      Optional<Verdict> end = begin();
      if (end.isPresent()) {
        return end.get();
      }
    }
    for (Step step : scenario.steps()) {
      Optional<Verdict> end = take(step);
      if (end.isPresent()) {
        return end.get();
      }
    }
    rollBack();
    Optional<Verdict> end = begin();
    return end.isPresent() ? end.get() : atTheEnd();
  }

  /** Starts the job, if it does not run and has not failed. */
  private Optional<Verdict> begin() throws Exception {
    if (stream.isRunning() || stream.failure().isPresent()) {
      return Optional.empty();
    }
    Optional<String> refusal = start();
    if (refusal.isPresent()) {
      return Optional.of(refused(refusal.get()));
    }
    // From here on the log tells of everything, or the look at the source does.
    boolean begun = await(LONG, () -> target.hasBegun(pair.name()));
    Optional<String> failure = stream.failure();
    if (failure.isPresent()) {
      return Optional.of(stopped(failure.get()));
    }
    return begun
        ? Optional.empty()
        : Optional.of(verdict(End.STUCK, "the stream does not begin: " + stream.latestTrouble()));
  }

  /** A transaction that a session has left open may lock what a start has to read. */
  private Optional<String> start() throws Exception {
    rollBack();
    if (!target.hasBegun(pair.name())) {
      Map<String, List<String>> present = source.present();
      source.narrow(present);
      target.narrow(present);
      states.clear();
      reached = 0;
      times.clear();
      look();
    }
    return stream.start();
  }

  private void rollBack() {
    for (Connection session : sessions) {
      execute(session, "ROLLBACK");
    }
  }

  private Optional<Verdict> take(Step step) throws Exception {
    switch (step.act()) {
      case STOP -> {
        Optional<String> failure = stream.failure();
        if (failure.isPresent()) {
          return Optional.of(stopped(failure.get()));
        }
        stream.stop();
      }
      case PREPARE -> {
        if (!stream.isRunning() && stream.failure().isEmpty()) {
          rollBack();
          Optional<String> refusal = stream.prepare();
          if (refusal.isPresent()) {
            return Optional.of(refused(refusal.get()));
          }
        }
      }
      case START -> {
        Optional<Verdict> end = begin();
        if (end.isPresent()) {
          return end;
        }
      }
      case WAIT -> {
        if (stream.isRunning() && awaitMarker()) {
          suspects.clear();
        }
      }
      case SQL -> sql(step, sessions.get(step.session()));
      case TARGET -> sql(step, elsewhere);
    }
    Optional<String> failure = stream.failure();
    return failure.isPresent() ? Optional.of(stopped(failure.get())) : Optional.empty();
  }

  private void sql(Step step, Connection session) {
    if (scenario.vendor() != Vendor.POSTGRES && COMMITS_FIRST.matcher(step.sql()).lookingAt()) {
      // The state between the commit and what follows is one of the source's.
      execute(session, "COMMIT");
      look();
    }
    Optional<SQLException> error = execute(session, named(step.sql()));
    log.add(
        "-- "
            + error.map(e -> e.getMessage().lines().findFirst().orElse("")).orElse("ok")
            + "\n"
            + step.print());
    if (error.isPresent()) {
      refused++;
    } else {
      executed++;
      if (step.weight() != Weight.ROWS) {
        suspects.add(step);
      }
      unplaced |= step.weight() == Weight.UNPLACED;
    }
    look();
  }

  /** Also what was refused may have been done in part. */
  private void look() {
    times.add(System.nanoTime());
    states.add(source.rows(states.isEmpty() ? Map.of() : states.get(states.size() - 1)));
  }

  private static Optional<SQLException> execute(Connection session, String sql) {
    try (Statement statement = session.createStatement()) {
      statement.setQueryTimeout(STATEMENT_SECONDS);
      statement.execute(sql);
      return Optional.empty();
    } catch (SQLException e) {
      return Optional.of(e);
    }
  }

  private String named(String sql) {
    return sql.replace("{db}", pair.name());
  }

  /** Writes a marker and waits until it is at the target or the job has ended. */
  private boolean awaitMarker() throws Exception {
    int marker = ++markers;
    Optional<SQLException> error =
        execute(
            sessions.get(Scenario.SESSIONS),
            "INSERT INTO " + qualified() + " VALUES (" + marker + ")");
    if (error.isPresent()) {
      throw new AssertionError("the source takes no marker", error.get());
    }
    look();
    int state = states.size() - 1;
    boolean there = await(LONG, () -> target.hasMarker(marker));
    if (there) {
      reached = state;
    }
    return there;
  }

  private String qualified() {
    return pair.sourceSchema() + "." + Scenario.MARKERS;
  }

  /** Waits, as long as the job runs. */
  private boolean await(Duration timeout, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (System.nanoTime() < deadline && stream.isRunning()) {
      if (condition.getAsBoolean()) {
        return true;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return condition.getAsBoolean();
  }

  private Verdict atTheEnd() throws Exception {
    boolean there = awaitMarker();
    Optional<String> failure = stream.failure();
    if (failure.isPresent()) {
      return stopped(failure.get());
    }
    if (!there) {
      return verdict(End.STUCK, "the last marker does not come; latest: " + stream.latestTrouble());
    }
    boolean equal = await(NOTICED, () -> target.isConsistent(pair.name()) && isForgottenOrEqual());
    failure = stream.failure();
    if (failure.isPresent()) {
      return stopped(failure.get());
    }
    if (equal) {
      return verdict(End.EQUAL, "");
    }
    return verdict(
        target.isConsistent(pair.name()) ? End.SILENT : End.STUCK,
        "consistent: "
            + target.isConsistent(pair.name())
            + "; differing: "
            + describe(last())
            + "; latest: "
            + stream.latestTrouble());
  }

  private Map<String, String> last() {
    return states.get(states.size() - 1);
  }

  private List<String> differing(Map<String, String> state) {
    return differing(state, target.rows(Map.of()));
  }

  private List<String> differing(Map<String, String> state, Map<String, String> copy) {
    return state.keySet().stream()
        .filter(table -> !scenario.late().contains(table) || !copy.get(table).equals(Audit.GONE))
        .filter(table -> !state.get(table).equals(copy.get(table)))
        .sorted()
        .toList();
  }

  private String describe(Map<String, String> state) {
    Map<String, String> copy = target.rows(Map.of());
    return differing(state, copy).stream()
        .map(
            table ->
                "%n%s at the source:%n%s%nat the target:%n%s"
                    .formatted(table, state.get(table), copy.get(table)))
        .collect(Collectors.joining());
  }

  /** The job was not started: its target is as the former run left it. */
  private Verdict refused(String message) throws Exception {
    return judged(End.REFUSED, message);
  }

  /** The job ended: what it left, and what it says when it is started again. */
  private Verdict stopped(String message) throws Exception {
    Verdict verdict = judged(End.STOPPED, message);
    if (verdict.end().isFinding()) {
      return verdict;
    }
    stream.stop();
    Optional<String> again = start();
    if (again.isPresent()) {
      return isTelling(again.get())
          ? verdict
          : verdict(End.MUTE, "refused to start after a stop: " + again.get());
    }
    boolean there = awaitMarker();
    Optional<String> failure = stream.failure();
    if (failure.isPresent()) {
      return isTelling(failure.get())
          ? verdict
          : verdict(End.MUTE, "stopped after a stop: " + failure.get());
    }
    boolean equal =
        there && await(NOTICED, () -> target.isConsistent(pair.name()) && isForgottenOrEqual());
    if (equal || stream.failure().isPresent()) {
      return verdict;
    }
    return verdict(
        there && target.isConsistent(pair.name()) ? End.FORGOTTEN : End.STUCK,
        "started again after: %s%ndiffering: %s%nlatest: %s"
            .formatted(message, describe(last()), stream.latestTrouble()));
  }

  /** A table that was gone before a row of it was copied need not be remembered. */
  private boolean isForgottenOrEqual() {
    Map<String, String> copy = target.rows(Map.of());
    return differing(last(), copy).stream()
        .allMatch(table -> last().get(table).equals(Audit.GONE) && copy.get(table).isEmpty());
  }

  private Verdict judged(End end, String message) {
    if (!isTelling(message)) {
      return verdict(End.MUTE, message);
    }
    if (!target.isConsistent(pair.name())) {
      return verdict(end, message);
    }
    Map<String, String> copy = target.rows(Map.of());
    for (int i = reached; i < states.size(); i++) {
      if (differing(states.get(i), copy).isEmpty()) {
        return verdict(end, message);
      }
    }
    // What has no place in the log is noticed soon, and not before anything that comes after it.
    if (unplaced) {
      return verdict(end, message);
    }
    // PostgreSQL's log tells of no change of a catalog; the table's own next change does, or the
    // look a second later. So each table is the source's, and not all at the same place, and a
    // marker that was written within that second may have come through.
    if (scenario.vendor() == Vendor.POSTGRES && isEachOfThePast(copy)) {
      return verdict(end, message);
    }
    Map<String, Integer> best = new HashMap<>();
    for (String table : copy.keySet()) {
      for (int i = reached; i < states.size(); i++) {
        if (copy.get(table).equals(states.get(i).get(table))) {
          best.put(table, i);
        }
      }
    }
    return verdict(
        End.TORN,
        "rows of no place of the source; latest place by table: %s of %d to %d%n%s%nthe stop: %s"
            .formatted(best, reached, states.size() - 1, describe(last()), message));
  }

  private boolean isEachOfThePast(Map<String, String> copy) {
    return copy.entrySet().stream()
        .filter(
            table ->
                !scenario.late().contains(table.getKey()) || !table.getValue().equals(Audit.GONE))
        .allMatch(
            table ->
                states.subList(seenBefore(), states.size()).stream()
                    .anyMatch(state -> table.getValue().equals(state.get(table.getKey()))));
  }

  /** The oldest state that may not have been noticed to be over, whatever marker came through. */
  private int seenBefore() {
    long noticed = System.nanoTime() - NOTICED.toNanos();
    int first = reached;
    while (first > 0 && times.get(first) > noticed) {
      first--;
    }
    return first;
  }

  /** Whether a message names something of the seed's, and says what to do. */
  private boolean isTelling(String said) {
    String message = said.replace("\"", "");
    boolean named =
        scenario.tables().keySet().stream()
                .anyMatch(
                    table ->
                        message.contains("." + table)
                            || message.contains(" " + table)
                            || message.contains("." + scenario.terms().targetOf(table)))
            || message.matches(
                "(?s).*(publication|slot|binlog_|server_id|gtid| (mood|posint|pair)\\b|statement"
                    + "|schema |database |binary log).*");
    return named && ADVICE.matcher(message).find() && !message.contains("NullPointer");
  }

  private Verdict verdict(End end, @Nullable String text) {
    return new Verdict(end, String.valueOf(text), executed, refused, List.copyOf(suspects));
  }

  /** What a seed has prepared and not ended holds locks without a session. */
  private void rollBackPrepared() throws SQLException {
    try (Connection connection = pair.source().connect("");
        Statement statement = connection.createStatement()) {
      List<String> prepared = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery("XA RECOVER")) {
        while (rows.next()) {
          prepared.add(rows.getString("data"));
        }
      }
      for (String name : prepared) {
        statement.execute("XA ROLLBACK '" + name + "'");
      }
    }
  }

  private void closeSessions() throws SQLException {
    elsewhere.close();
    for (Connection session : sessions) {
      session.close();
    }
  }

  /** The server may take a moment to notice that nobody reads from it any more. */
  private void dropSlot() throws Exception {
    String slot = " FROM pg_replication_slots WHERE database = '%s'".formatted(pair.name());
    Await.until(
        "without a slot",
        LONG,
        () -> {
          pair.source().execute(pair.name(), "SELECT pg_terminate_backend(active_pid)" + slot);
          return execute(sessions.get(0), "ROLLBACK").isEmpty()
              && execute(sessions.get(0), "SELECT pg_drop_replication_slot(slot_name)" + slot)
                  .isEmpty();
        },
        () -> "the slot of " + pair.name() + " stays in use");
  }

  @Override
  public void close() throws Exception {
    stream.close();
    source.close();
    target.close();
    pit.restore(globals);
    if (scenario.vendor() == Vendor.POSTGRES) {
      dropSlot();
      closeSessions();
      pair.source()
          .execute("postgres", "DROP DATABASE IF EXISTS %s (FORCE)".formatted(pair.name()));
      pair.target()
          .execute("postgres", "DROP DATABASE IF EXISTS %s (FORCE)".formatted(pair.name()));
    } else {
      closeSessions();
      rollBackPrepared();
      pair.source()
          .execute(
              "",
              "SET lock_wait_timeout = 10",
              "DROP DATABASE IF EXISTS " + pair.name(),
              "DROP DATABASE IF EXISTS " + pair.name() + "_x");
      pair.target()
          .execute(
              "",
              "DROP DATABASE IF EXISTS " + pair.name(),
              "DELETE FROM tidemark.progress WHERE stream = '%s'".formatted(pair.name()));
    }
  }
}
