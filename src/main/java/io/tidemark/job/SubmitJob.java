package io.tidemark.job;

import io.tidemark.database.DatabaseException;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The main class of the jar: {@code flink run target/tidemark.jar JOB}. */
public final class SubmitJob {

  private SubmitJob() {}

  /**
   * Submits the job to the cluster that {@code flink run} was pointed at.
   *
   * @param arguments the path of one job file
   * @throws IllegalArgumentException if the job cannot be submitted, with the reasons; {@code flink
   *     run} then exits with an error
   */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = System.out;
    if (arguments.length != 1) {
      throw new IllegalArgumentException("usage: flink run tidemark.jar JOB-FILE");
    }
    TidemarkJob job = JobFile.read(path(arguments[0]));
    // Flink's client shows the exception last, and its REST interface nothing else.
    List<String> said = new ArrayList<>();
    Optional<PreparedJob> prepared;
    try {
      prepared =
          PreparedJob.prepare(
              job,
              line -> {
                out.println(line);
                said.add(line);
              });
    } catch (DatabaseException e) {
      throw new IllegalArgumentException(job + " cannot be started: " + e.getMessage(), e);
    }
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    FlinkJob.otherParallelism(job, environment.getParallelism()).ifPresent(out::println);
    prepared
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    job
                        + " was not started: the preflight found errors:\n"
                        + String.join("\n", said)))
        .addTo(environment);
    environment.execute(FlinkJob.nameOf(job));
  }

  private static Path path(String argument) {
    try {
      return Path.of(argument);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(argument + " is not the path of a file", e);
    }
  }
}
