package io.tidemark.benchmark;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs benchmarks at full scale: {@code ./bench [copy] [catch-up] [latency] [heap] [name=number]}.
 * docs/benchmarks.md says what they measure.
 */
public final class Benchmark {

  private static final List<String> ALL = List.of("copy", "catch-up", "latency", "heap");

  private Benchmark() {}

  /** Everything if none is named. */
  public static void main(String[] arguments) throws Exception {
    Map<String, Long> numbers =
        new HashMap<>(Map.of("rows", 5_000_000L, "changes", 1_000_000L, "rounds", 3L));
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      if (parts.length == 2 && numbers.containsKey(parts[0])) {
        numbers.put(parts[0], Long.parseLong(parts[1]));
      } else if (!ALL.contains(argument)) {
        throw new IllegalArgumentException(
            "unknown argument " + argument + "; known are " + ALL + " and " + numbers.keySet());
      }
    }
    List<String> chosen = Arrays.stream(arguments).filter(ALL::contains).toList();
    PrintStream out = System.out;
    long rows = numbers.get("rows");
    long changes = numbers.get("changes");
    int rounds = Math.toIntExact(numbers.get("rounds"));
    for (String name : chosen.isEmpty() ? ALL : chosen) {
      try (BenchmarkServers servers = BenchmarkServers.start()) {
        switch (name) {
          case "copy" -> {
            servers.fill(rows);
            CopyBenchmark.Result result = new CopyBenchmark(servers, out).run(rows, rounds);
            out.println("copy, times as fast as binary pipes: " + result.binary());
            out.println("copy, times as fast as text pipes: " + result.text());
            out.println("copy, as binary pipes without start-up: " + result.working());
          }
          case "catch-up" -> {
            servers.fill(changes);
            CatchUpBenchmark.Result result =
                new CatchUpBenchmark(servers, out).run(changes, changes, rounds);
            out.println("catch-up, times as fast as logical replication: " + result.whole());
            out.println("catch-up, the same with Flink's own start: " + result.cold());
            out.println("catch-up, the same without start-up: " + result.working());
          }
          case "latency" -> {
            servers.fill(10_000);
            out.println("latency: " + new LatencyBenchmark(servers).run(200));
          }
          default -> {
            servers.fill(rows);
            new HeapBenchmark(servers, out).run(rows, 2 * changes);
          }
        }
      }
    }
    // Flink leaves threads of its own behind that are no daemons.
    System.exit(0);
  }
}
