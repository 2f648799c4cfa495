package io.tidemark.benchmark;

import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.PostgresServer;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs benchmarks at full scale: {@code ./bench [from=mysql] [to=mysql] [copy] [catch-up] …
 * [name=number]}. docs/benchmarks.md says what they measure.
 */
public final class Benchmark {

  private static final List<String> ALL = List.of("copy", "catch-up", "latency", "heap");

  /** Without a server. */
  private static final String CODECS = "codecs";

  /** Beside Flink CDC, whose connectors {@code ./bench} fetches. */
  private static final String SQL = "sql";

  /** From MySQL. */
  private static final List<String> FROM_MYSQL = List.of("copy", "catch-up", "lock");

  private static final List<String> PRODUCTS = List.of("postgres", "mysql");

  private Benchmark() {}

  /** Everything if none is named. */
  public static void main(String[] arguments) throws Exception {
    Map<String, Long> numbers =
        new HashMap<>(Map.of("rows", 5_000_000L, "changes", 1_000_000L, "rounds", 3L));
    Map<String, String> products = new HashMap<>(Map.of("from", "postgres", "to", ""));
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      if (parts.length == 2 && products.containsKey(parts[0]) && PRODUCTS.contains(parts[1])) {
        products.put(parts[0], parts[1]);
      } else if (parts.length == 2 && numbers.containsKey(parts[0])) {
        numbers.put(parts[0], Long.parseLong(parts[1]));
      } else if (!ALL.contains(argument)
          && !FROM_MYSQL.contains(argument)
          && !argument.equals(SQL)
          && !argument.equals(CODECS)) {
        misuse(
            "unknown argument %s; known are %s, %s, %s, from=mysql with %s and %s, to=%s, and %s"
                .formatted(
                    argument, ALL, SQL, CODECS, FROM_MYSQL, SQL, PRODUCTS, numbers.keySet()));
      }
    }
    if (List.of(arguments).contains(CODECS)) {
      CodecBenchmark.run();
      return;
    }
    boolean fromMySql = products.get("from").equals("mysql");
    if (List.of(arguments).contains(SQL)) {
      sql(
          fromMySql,
          numbers.get("rows"),
          numbers.get("changes"),
          Math.toIntExact(numbers.get("rounds")));
      System.exit(0);
    }
    List<String> possible = fromMySql ? FROM_MYSQL : ALL;
    List<String> chosen = Arrays.stream(arguments).filter(possible::contains).toList();
    PrintStream out = System.out;
    long rows = numbers.get("rows");
    long changes = numbers.get("changes");
    int rounds = Math.toIntExact(numbers.get("rounds"));
    if (fromMySql) {
      String to = products.get("to").isEmpty() ? "mysql" : products.get("to");
      for (String name : chosen.isEmpty() ? FROM_MYSQL : chosen) {
        fromMySql(name, to, rows, changes, rounds, out);
      }
      System.exit(0);
    }
    if (products.get("to").equals("mysql")) {
      misuse("benchmarks to MySQL are from MySQL: from=mysql");
    }
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

  private static void sql(boolean fromMySql, long rows, long changes, int rounds) throws Exception {
    Path rival =
        Path.of(
            "target/rivals/flink-sql-connector-%s-cdc-3.5.0.jar"
                .formatted(fromMySql ? "mysql" : "postgres"));
    SqlBenchmark.Result result;
    if (fromMySql) {
      // Flink CDC 3.5 cannot read MySQL from 8.4 on: it asks with SHOW MASTER STATUS.
      try (MySqlServer source =
              new MySqlServer(MySqlVendor.MARIADB, Map.of("innodb_buffer_pool_size", "512M"));
          PostgresServer target =
              new PostgresServer(Map.of("shared_buffers", "256MB", "max_wal_size", "4GB"))) {
        source.createDatabase(MySqlLab.DATABASE);
        source.execute(
            MySqlLab.DATABASE,
            MySqlLab.TABLE,
            """
            INSERT INTO item
            SELECT seq, seq %% 1000, MD5(seq), '2026-01-01' + INTERVAL seq SECOND,
              (seq %% 100000) * 1.37, REPEAT(MD5(seq * 7), 4) FROM seq_1_to_%d
            """
                .formatted(rows),
            "ANALYZE TABLE item");
        result =
            new SqlBenchmark(source, new AnyServer(target), MySqlLab.DATABASE, rival, System.out)
                .run(rows, changes, rounds);
      }
    } else {
      try (BenchmarkServers servers = BenchmarkServers.start()) {
        servers.fill(rows);
        servers
            .source()
            .execute(BenchmarkServers.DATABASE, "ALTER TABLE item REPLICA IDENTITY FULL");
        result =
            new SqlBenchmark(
                    servers.source(),
                    new AnyServer(servers.target()),
                    BenchmarkServers.DATABASE,
                    rival,
                    System.out)
                .run(rows, changes, rounds);
      }
    }
    System.out.println("sql, rows, times as fast as Flink CDC: " + result.snapshot());
    System.out.println("sql, changes, times as fast as Flink CDC: " + result.changes());
    System.out.println("sql, into a table, times as fast as Flink CDC and jdbc: " + result.copy());
  }

  private static void misuse(String problem) {
    System.err.println(problem);
    System.exit(2);
  }

  private static void fromMySql(
      String name, String to, long rows, long changes, int rounds, PrintStream out)
      throws Exception {
    try (MySqlLab lab = MySqlLab.start(to, !name.equals("catch-up"))) {
      MySqlLab.fill(lab.source(), MySqlLab.DATABASE, name.equals("catch-up") ? changes : rows);
      String pair = "from mysql to " + to + ", ";
      switch (name) {
        case "copy" -> {
          MySqlCopyBenchmark.Result result = new MySqlCopyBenchmark(lab, out).run(rows, rounds);
          out.println(pair + "copy, times as fast as two dumps: " + result.whole());
          out.println(pair + "copy, the same without start-up: " + result.working());
        }
        case "catch-up" -> {
          MySqlCatchUpBenchmark.Result result =
              new MySqlCatchUpBenchmark(lab, out).run(changes, changes, rounds);
          out.println(pair + "catch-up, times as fast as a replica: " + result.whole());
          out.println(pair + "catch-up, the same without start-up: " + result.working());
        }
        default -> new LockBenchmark(lab, out).run(rows, Duration.ofSeconds(5));
      }
    }
  }
}
