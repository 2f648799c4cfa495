package io.tidemark.faults;

import io.tidemark.endtoend.fixture.FlinkCluster;
import io.tidemark.endtoend.fixture.Route;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code ./soak --minutes N [--seed S] [--faults REGEX]}: faults mixed by seed. Each round is a
 * stream from its copy to its end, with one fault in the copy and several after it. The choice of
 * the faults follows the seed; what they meet depends on the machine.
 */
public final class Soak {

  private static final int MOST_IN_STREAM = 6;
  private static final int MOST_TRANSACTIONS_BETWEEN = 150;

  private final Arena arena;
  private final Random random;
  private final Pattern wanted;
  private final long deadline;
  private final PrintStream out = System.out;
  private final long begun = System.nanoTime();
  private final List<Recovery> recoveries = new ArrayList<>();
  private int rounds;
  private long transactions;
  private long polls;

  private Soak(Arena arena, long seed, Pattern wanted, Duration time) {
    this.arena = arena;
    this.random = new Random(seed);
    this.wanted = wanted;
    this.deadline = begun + time.toNanos();
  }

  /** Exits with 0 only if every fault was survived and nothing was ever wrong. */
  public static void main(String[] arguments) throws Exception {
    SoakOptions options = SoakOptions.parse(arguments);
    if (!Files.exists(FlinkCluster.JAR)) {
      throw new IllegalStateException(FlinkCluster.JAR + " is not there; `mvn package` builds it");
    }
    Path folder = Files.createTempDirectory("tidemark-soak-");
    boolean survived;
    try (FlinkCluster cluster = FlinkCluster.start(folder.resolve("cluster"));
        Arena arena = Arena.open(cluster, Route.POSTGRES_TO_POSTGRES, folder)) {
      Soak soak =
          new Soak(arena, options.seed(), options.faults(), Duration.ofMinutes(options.minutes()));
      survived = soak.run(options);
    }
    delete(folder);
    System.exit(survived ? 0 : 1);
  }

  private boolean run(SoakOptions options) throws Exception {
    out.printf("soak: %d minutes, seed %d%n", options.minutes(), options.seed());
    int violations = 0;
    try {
      while (System.nanoTime() < deadline) {
        round();
      }
    } catch (AssertionError violation) {
      violations++;
      violation.printStackTrace(out);
    }
    recoveries.stream()
        .sorted(Comparator.comparing(Recovery::fault).thenComparing(Recovery::phase))
        .forEach(recovery -> out.println(recovery.print()));
    out.printf(
        "soak: %d faults survived in %d rounds, %d transactions applied, %d polls of the invariant,"
            + " %d violations (seed %d, %d s)%n",
        recoveries.size(),
        rounds,
        transactions,
        polls,
        violations,
        options.seed(),
        Duration.ofNanos(System.nanoTime() - begun).toSeconds());
    return violations == 0;
  }

  private void round() throws Exception {
    List<Fault> all = faults();
    Fault first = pick(all, Phase.COPY);
    List<Fault> later = new ArrayList<>();
    for (int i = 1 + random.nextInt(MOST_IN_STREAM); i > 0; i--) {
      later.add(pick(all, Phase.STREAM));
    }
    List<Fault> distinct = Stream.concat(Stream.of(first), later.stream()).distinct().toList();
    arena.cluster().makeWhole();
    try (Round round = Round.begin(arena, "soak", distinct)) {
      report(round.strike(first, Phase.COPY));
      for (Fault fault : later) {
        if (System.nanoTime() < deadline) {
          round.awaitTransactions(random.nextInt(MOST_TRANSACTIONS_BETWEEN));
          report(round.strike(fault, Phase.STREAM));
        }
      }
      Round.Result result = round.finish();
      rounds++;
      transactions += result.transactions();
      polls += result.polls();
      out.printf(
          "%5d s: round %d is right: %d transactions, %d polls%n",
          seconds(), rounds, result.transactions(), result.polls());
    }
  }

  private List<Fault> faults() throws IOException, InterruptedException {
    boolean mounts = TargetDiskFull.isPossible(arena.folder());
    return Faults.all().stream()
        .filter(fault -> mounts || !(fault instanceof TargetDiskFull))
        .filter(fault -> wanted.matcher(fault.name()).find())
        .toList();
  }

  private Fault pick(List<Fault> faults, Phase phase) {
    List<Fault> possible = faults.stream().filter(fault -> fault.phases().contains(phase)).toList();
    if (possible.isEmpty()) {
      throw new IllegalArgumentException("no fault in the " + phase + " is called " + wanted);
    }
    return possible.get(random.nextInt(possible.size()));
  }

  private void report(Recovery recovery) {
    recoveries.add(recovery);
    out.printf("%5d s: %s%n", seconds(), recovery.print());
  }

  private long seconds() {
    return Duration.ofNanos(System.nanoTime() - begun).toSeconds();
  }

  private static void delete(Path tree) throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(tree)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.delete(path);
    }
  }
}
