package io.tidemark.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Runs the schedules of many seeds, on several threads. */
public final class SimulationRun {

  private static final int MOST_FAILURES = 5;
  private static final int SHORTEST_OF = 12;

  /**
   * What came of it.
   *
   * @param ran how many schedules
   * @param failed the seeds of those that did not hold
   * @param first the first of them, shrunk
   * @param decisions how often each rule decided something, in words
   * @param never what did not happen at all, in words
   */
  public record Result(
      long ran,
      Duration took,
      List<Long> failed,
      List<Failure> first,
      List<String> decisions,
      List<String> never) {

    public Result {
      failed = List.copyOf(failed);
      first = List.copyOf(first);
      decisions = List.copyOf(decisions);
      never = List.copyOf(never);
    }

    /** How many ran, how fast, how many failed: one line. */
    public String summary() {
      return String.format(
          Locale.ROOT,
          "%d schedules in %.1f s (%.0f per second), %d failed",
          ran,
          took.toMillis() / 1000.0,
          ran * 1000.0 / Math.max(1, took.toMillis()),
          failed.size());
    }
  }

  private SimulationRun() {}

  /**
   * Runs the schedules of {@code count} seeds from {@code from} on; with many failures it ends
   * early.
   */
  public static Result run(long from, long count, int threads) throws InterruptedException {
    long started = System.nanoTime();
    AtomicLong next = new AtomicLong();
    List<Long> failed = Collections.synchronizedList(new ArrayList<>());
    RuleCounts counts = new RuleCounts();
    long ran = 0;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Long>> parts = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        parts.add(pool.submit(() -> runSome(from, count, next, failed, counts)));
      }
      for (Future<Long> part : parts) {
        ran += part.get();
      }
    } catch (ExecutionException broken) {
      throw new IllegalStateException("the simulation itself failed", broken);
    } finally {
      pool.shutdownNow();
    }
    Duration took = Duration.ofNanos(System.nanoTime() - started);
    List<Long> seeds = failed.stream().sorted().toList();
    return new Result(
        ran,
        took,
        seeds,
        seeds.stream()
            .limit(MOST_FAILURES)
            .map(seed -> Failure.of(seed, Optional.empty()))
            .toList(),
        counts.inWords(),
        counts.never());
  }

  private static long runSome(
      long from, long count, AtomicLong next, List<Long> failed, RuleCounts all) {
    RuleCounts counts = new RuleCounts();
    long ran = 0;
    for (long i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
      if (failed.size() >= 1_000) {
        break;
      }
      ran++;
      if (!holds(from + i, Optional.empty(), counts)) {
        failed.add(from + i);
      }
    }
    synchronized (all) {
      all.addAll(counts);
    }
    return ran;
  }

  /**
   * Looks for a schedule that notices that a rule is missing.
   *
   * @param most how many seeds are tried, from {@code from} on
   * @return the first one that does, shrunk
   */
  public static Optional<Failure> withoutRule(Rule rule, long from, long most) {
    return seedsWithout(rule, from, most, 1).stream()
        .findFirst()
        .map(seed -> Failure.of(seed, Optional.of(rule)));
  }

  /** The shortest of the first schedules that notice that a rule is missing. */
  public static Optional<Failure> shortestWithout(Rule rule, long from, long most) {
    return seedsWithout(rule, from, most, SHORTEST_OF).stream()
        .map(seed -> Failure.of(seed, Optional.of(rule)))
        .min(
            Comparator.comparingInt(Failure::steps)
                .thenComparingInt(failure -> failure.lines().size()));
  }

  /** What the seed's schedule comes to without the rule; empty if nothing is violated. */
  public static Optional<Failure> ofSeedWithout(Rule rule, long seed) {
    return holds(seed, Optional.of(rule), new RuleCounts())
        ? Optional.empty()
        : Optional.of(Failure.of(seed, Optional.of(rule)));
  }

  private static List<Long> seedsWithout(Rule rule, long from, long most, int wanted) {
    RuleCounts counts = new RuleCounts();
    List<Long> seeds = new ArrayList<>();
    for (long seed = from; seed < from + most && seeds.size() < wanted; seed++) {
      if (!holds(seed, Optional.of(rule), counts)) {
        seeds.add(seed);
      }
    }
    return seeds;
  }

  private static boolean holds(long seed, Optional<Rule> without, RuleCounts counts) {
    try {
      Simulation.run(Choices.ofSeed(seed), without, new Trace(false), counts);
      return true;
    } catch (Violation violation) {
      return false;
    }
  }
}
