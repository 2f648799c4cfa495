package io.tidemark.attack;

import io.tidemark.attack.Verdict.End;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.endtoend.fixture.Vendor;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.flink.runtime.minicluster.MiniCluster;

/**
 * {@code ./attack [--vendor V] [--seeds N] [--from S] [--minutes M]}: changes of catalogs and
 * settings made up by seed among random writes, while a stream runs, stops and runs again. After
 * each seed the target has the source's rows, or the stream has stopped over rows that the source
 * had, with a message that names what and says what to do. See docs/tests.md.
 */
public final class Attack {

  private final PrintStream out = System.out;
  private final AttackOptions options;
  private final Vendor vendor;
  private final AtomicLong next;
  private final long begun = System.nanoTime();
  private final Map<End, Integer> ends = new EnumMap<>(End.class);
  private final Map<String, Integer> needless = new TreeMap<>();
  private final Map<String, String> stops = new TreeMap<>();
  private int statements;
  private int refusedStatements;
  private int broken;

  private Attack(AttackOptions options, Vendor vendor) {
    this.options = options;
    this.vendor = vendor;
    this.next = new AtomicLong(options.from());
  }

  /** Exits with 0 only if nothing was found. */
  public static void main(String[] arguments) throws Exception {
    AttackOptions options = AttackOptions.parse(arguments);
    boolean held = true;
    for (Vendor vendor : options.vendors()) {
      held &= new Attack(options, vendor).run();
    }
    System.exit(held ? 0 : 1);
  }

  private boolean run() throws Exception {
    try (MiniCluster flink = Pit.flink(options.pits());
        TestServer target = Pit.server(vendor)) {
      List<Future<?>> all = new ArrayList<>();
      ExecutorService pits = Executors.newFixedThreadPool(options.pits());
      try {
        for (int i = 0; i < options.pits(); i++) {
          all.add(pits.submit(() -> seeds(flink, target)));
        }
        for (Future<?> each : all) {
          each.get();
        }
      } finally {
        pits.shutdownNow();
      }
    }
    return report();
  }

  private Boolean seeds(MiniCluster flink, TestServer target) throws Exception {
    try (TestServer source = Pit.server(vendor)) {
      Pit pit = new Pit(TwoServers.of(source, target), flink);
      // Servers that start on a busy machine take nobody's time away.
      long deadline = System.nanoTime() + Duration.ofMinutes(options.minutes()).toNanos();
      while (System.nanoTime() < deadline) {
        long seed = next.getAndIncrement();
        if (seed >= options.from() + options.seeds()) {
          return true;
        }
        seed(pit, seed);
      }
    }
    return true;
  }

  private void seed(Pit pit, long seed) throws Exception {
    Scenario scenario = Generator.scenario(vendor, seed);
    try {
      long start = System.nanoTime();
      Verdict verdict = Trial.of(pit, scenario);
      count(seed, verdict);
      out.printf(
          "%5d s: %s seed %d: %s, %d statements, %d refused, %d ms%n",
          seconds(),
          vendor,
          seed,
          verdict.end(),
          verdict.executed(),
          verdict.refused(),
          Duration.ofNanos(System.nanoTime() - start).toMillis());
      if (verdict.end().isFinding()) {
        found(pit, scenario, verdict);
      }
    } catch (Exception | AssertionError e) {
      synchronized (this) {
        broken++;
        out.printf("%s seed %d could not be tried: %s%n", vendor, seed, e);
        e.printStackTrace(out);
      }
    }
  }

  private void found(Pit pit, Scenario scenario, Verdict verdict) throws Exception {
    Scenario least = options.shrinks() ? Shrinking.shrink(pit, scenario, verdict.end()) : scenario;
    synchronized (this) {
      out.printf("FOUND %s: %s%n%s%n", verdict.end(), verdict.text(), least.print());
    }
  }

  private synchronized void count(long seed, Verdict verdict) {
    ends.merge(verdict.end(), 1, Integer::sum);
    statements += verdict.executed();
    refusedStatements += verdict.refused();
    if (verdict.end() == End.STOPPED || verdict.end() == End.REFUSED) {
      stops.putIfAbsent(form(verdict.text()), seed + ": " + verdict.text());
    }
    if (verdict.isNeedless()) {
      String suspects =
          verdict.suspects().stream().map(Step::sql).collect(Collectors.joining("; "));
      needless.merge(
          "seed %d: %s%n      said: %s".formatted(seed, suspects, verdict.text()), 1, Integer::sum);
    }
  }

  /** A message without what differs from seed to seed. */
  private static String form(String message) {
    return message
        .replaceFirst("(?s)^The failure is not recoverable\n", "")
        .replaceAll("(?<=, by: )[^.]*|(?<=after )\\S+|\"[^\"]*\"|'[^']*'", "X")
        .replaceAll("\\w*\\d\\w*", "N");
  }

  private boolean report() {
    out.printf("%nKinds of stops:%n");
    stops.values().forEach(text -> out.printf("  seed %s%n", text));
    out.printf("%nLoud but needless:%n");
    needless.keySet().forEach(text -> out.printf("  %s%n", text));
    int findings =
        ends.entrySet().stream()
            .filter(end -> end.getKey().isFinding())
            .mapToInt(Map.Entry::getValue)
            .sum();
    out.printf(
        "%nattack: %s, %d seeds from %d, %d statements (and %d that the server refused), %s, %d"
            + " needless stops, %d findings, %d not tried, %d s%n",
        vendor,
        ends.values().stream().mapToInt(Integer::intValue).sum(),
        options.from(),
        statements,
        refusedStatements,
        ends,
        needless.size(),
        findings,
        broken,
        seconds());
    return findings == 0 && broken == 0;
  }

  private long seconds() {
    return Duration.ofNanos(System.nanoTime() - begun).toSeconds();
  }
}
