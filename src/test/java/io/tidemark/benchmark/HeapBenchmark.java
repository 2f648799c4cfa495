package io.tidemark.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A large copy and then one large transaction, by {@code tidemark run} in a process of its own with
 * a heap that neither would fit in.
 */
final class HeapBenchmark {

  private static final Duration TIMEOUT = Duration.ofMinutes(20);
  private static final String DATABASE = "heap";
  private static final String HEAP = "-Xmx512m";

  private final BenchmarkServers servers;
  private final PrintStream out;

  HeapBenchmark(BenchmarkServers servers, PrintStream out) {
    this.servers = servers;
    this.out = out;
  }

  /** The source's table is there, with ids from 1 to {@code rows}. */
  void run(long rows, long changes) throws Exception {
    servers.target().createDatabase(DATABASE);
    Path folder = Files.createTempDirectory("tidemark-heap-");
    Path collections = folder.resolve("gc.log");
    Process process = start(folder, collections);
    try {
      await(process, folder, "SELECT bool_and(consistent AND finished) FROM tidemark.progress");
      out.printf("copied %,d rows with %s%s%n", rows, HEAP, largestAfterCollection(collections));
      // Each row updated once; ids beyond the last one start again with an offset in the amount.
      servers
          .source()
          .execute(
              BenchmarkServers.DATABASE,
              """
              DO $$ BEGIN
                FOR part IN 0 .. (%1$d - 1) / %2$d LOOP
                  UPDATE public.item SET amount = -1 - part WHERE id <= %1$d - part * %2$d;
                END LOOP;
              END $$
              """
                  .formatted(changes, rows));
      String expected = digest("source");
      long started = System.nanoTime();
      await(process, folder, "SELECT amount < 0 FROM public.item WHERE id = 1");
      out.printf(
          "applied a transaction of %,d changes with %s in %.1f s%s%n",
          changes, HEAP, (System.nanoTime() - started) / 1e9, largestAfterCollection(collections));
      if (!expected.equals(digest("target"))) {
        throw new IllegalStateException("the target differs from the source");
      }
    } finally {
      process.destroy();
      process.waitFor();
      delete(folder);
    }
  }

  private String digest(String side) throws SQLException {
    String sql = "SELECT count(*) || ' ' || sum(amount) FROM public.item";
    return side.equals("source")
        ? new AnyServer(servers.source()).one(BenchmarkServers.DATABASE, sql)
        : new AnyServer(servers.target()).one(DATABASE, sql);
  }

  private void await(Process process, Path folder, String sql) throws Exception {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (true) {
      try {
        new AnyServer(servers.target()).await(Duration.ofSeconds(1), DATABASE, sql);
        return;
      } catch (SQLException e) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          throw new IllegalStateException(
              "not reached: " + sql + "\n" + Files.readString(folder.resolve("output")), e);
        }
      }
    }
  }

  private Process start(Path folder, Path collections) throws IOException {
    Path file = folder.resolve("job.yaml");
    Files.writeString(
        file,
        """
        name: %s
        source:
          url: %s
          user: postgres
          password: ""
          tables: ["public.*"]
        target:
          url: %s
          user: postgres
          password: ""
        copy:
          parallelism: 2
        checkpoint:
          interval: 1s
        """
            .formatted(
                DATABASE,
                servers.source().url(BenchmarkServers.DATABASE),
                servers.target().url(DATABASE)));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(HEAP, "-XX:+ExitOnOutOfMemoryError", "-Xlog:gc:" + collections));
    command.add("@conf/flink.options");
    command.add("-Dlog4j2.configurationFile=conf/log4j2.properties");
    command.add("-Dtidemark.log=" + folder.resolve("log"));
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command.addAll(List.of("-cp", classPath, "io.tidemark.cli.Main", "run", file.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("output").toFile())
        .start();
  }

  /** What was in use after any collection so far, which is nearly what was alive. */
  private static String largestAfterCollection(Path collections) throws IOException {
    Pattern pause = Pattern.compile("\\d+M->(\\d+)M\\(");
    long largest = 0;
    for (String line : Files.readAllLines(collections)) {
      Matcher found = pause.matcher(line);
      if (found.find()) {
        largest = Math.max(largest, Long.parseLong(found.group(1)));
      }
    }
    return "; at most " + largest + " MB in use after a collection";
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
