package io.tidemark.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.Await;
import io.tidemark.lab.Server;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.cdc.common.event.AlterColumnTypeEvent;
import org.apache.flink.cdc.common.event.CreateTableEvent;
import org.apache.flink.cdc.common.event.DropColumnEvent;
import org.apache.flink.cdc.common.event.DropTableEvent;
import org.apache.flink.cdc.common.event.RenameColumnEvent;
import org.apache.flink.cdc.common.event.TableId;
import org.apache.flink.cdc.common.event.TruncateTableEvent;
import org.apache.flink.cdc.common.schema.Column;
import org.apache.flink.cdc.common.schema.Schema;
import org.apache.flink.cdc.common.types.DataTypes;
import org.apache.flink.cdc.runtime.typeutils.EventTypeInfo;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * TaskManagers end again and again, and the job is started again from its last checkpoint, while
 * tables change between their rows. In the end there is what the source has: no row of before a
 * TRUNCATE came again, and none is without its later columns.
 */
@Timeout(400)
abstract class PipelineSinkFaults {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int TASK_MANAGERS = 2;
  private static final int PER_SECOND = 800;
  private static final int ROWS = 2_800;
  private static final int FEW = 60;
  private static final int KEYS = 97;

  private static final Schema SCHEMA =
      Schema.newBuilder()
          .physicalColumn("id", DataTypes.INT().notNull())
          .physicalColumn("n", DataTypes.INT())
          .physicalColumn("amount", DataTypes.DECIMAL(10, 2))
          .primaryKey("id")
          .build();

  @RegisterExtension
  private static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(TASK_MANAGERS)
              .setNumberSlotsPerTaskManager(1)
              .build());

  @TempDir private Path checkpoints;

  private int ended;

  abstract Server server();

  /** How many; an even number, so that the table that comes and goes is there in the end. */
  abstract int faults();

  /** Phases of rows, before each of which a table changes in every way, with rows between. */
  private Scenario scenario(TableId t, TableId u, long seed) {
    Random random = new Random(seed);
    Scenario all = new Scenario().change(new CreateTableEvent(t, SCHEMA));
    String second = "n";
    for (int phase = 0; phase <= faults(); phase++) {
      if (phase > 0) {
        all.hold(phase);
        all.change(new DropColumnEvent(t, List.of("c" + (phase - 1))));
        write(all, random, FEW, List.of(t), false);
      }
      all.change(
          PipelineSinkContract.add(
              t, Column.physicalColumn("c" + phase, DataTypes.STRING(), "", "none")));
      write(all, random, FEW, List.of(t), true);
      String other = second.equals("n") ? "renamed" : "n";
      all.change(new RenameColumnEvent(t, Map.of(second, other)));
      second = other;
      write(all, random, FEW, List.of(t), true);
      if (phase % 2 == 1) {
        all.change(new TruncateTableEvent(t));
        write(all, random, FEW, List.of(t), true);
        all.change(new DropTableEvent(u));
      } else {
        all.change(new CreateTableEvent(u, SCHEMA));
        write(all, random, FEW, List.of(u), false);
      }
      all.change(new AlterColumnTypeEvent(t, Map.of("amount", DataTypes.DECIMAL(11 + phase, 2))));
      write(all, random, ROWS, List.of(t), true);
    }
    return all;
  }

  /** How many rows there are before the long stretch of a phase. */
  private static long before(Scenario scenario, int phase) {
    long rows = 0;
    int met = 0;
    for (Scenario.Step step : scenario.steps) {
      if (step instanceof Scenario.Row) {
        rows++;
      } else if (step instanceof Scenario.Change change
          && change.event() instanceof AlterColumnTypeEvent
          && met++ == phase) {
        return rows;
      }
    }
    throw new AssertionError("no phase " + phase);
  }

  private static void write(
      Scenario all, Random random, int rows, List<TableId> tables, boolean wider) {
    for (int i = 0; i < rows; i++) {
      TableId table = tables.get(i % tables.size());
      int key = random.nextInt(KEYS);
      BigDecimal amount = BigDecimal.valueOf(random.nextInt(100_000), 2);
      int n = random.nextInt(1000);
      if (random.nextInt(5) == 0) {
        if (wider) {
          all.remove(table, key, n, amount, "gone");
        } else {
          all.remove(table, key, n, amount);
        }
      } else if (wider) {
        all.put(table, key, n, amount, "w" + i);
      } else {
        all.put(table, key, n, amount);
      }
    }
  }

  private static StreamExecutionEnvironment environment(Path checkpoints, Optional<String> last) {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", "500 ms");
    configuration.setString("parallelism.default", "2");
    // A restart within the job would not set Flink CDC's schema registry back with the rows.
    configuration.setString("restart-strategy.type", "disable");
    configuration.setString("execution.checkpointing.dir", checkpoints.toUri().toString());
    configuration.setString(
        "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    last.ifPresent(path -> configuration.setString("execution.state-recovery.path", path));
    return StreamExecutionEnvironment.getExecutionEnvironment(configuration);
  }

  @Test
  void everyChangeLiesBetweenItsRowsWhateverFails(@InjectMiniCluster MiniCluster cluster)
      throws Exception {
    ScenarioSource.release(0);
    server().createDatabase("faults");
    TableId t = TableId.tableId("shop", "t");
    TableId u = TableId.tableId("shop", "u");
    Scenario scenario = scenario(t, u, 20_241_128);
    JobID job = submit(scenario, Optional.empty());
    long epoch = 0;
    for (int fault = 1; fault <= faults(); fault++) {
      long former = epoch;
      JobID running = job;
      Await.until(
          "started",
          LONG,
          () -> number("epoch") > former,
          () -> "epoch " + former + ", " + state(cluster, running));
      epoch = number("epoch");
      // Behind the changes of a phase: those of the next are held.
      long due = before(scenario, fault - 1) + FEW;
      Await.until(
          "merged on",
          LONG,
          () -> number("merged_rows") >= due,
          () -> due + " are more than " + number("merged_rows") + ", " + state(cluster, running));
      // That checkpoint may have begun before the changes came, of which Flink CDC then knows
      // nothing
      // after a restart: the next one began after them.
      long completed = completed(cluster, running);
      Await.until(
          "another checkpoint",
          LONG,
          () -> completed(cluster, running) > completed,
          () -> "still " + completed + ", " + state(cluster, running));
      if (fault % 2 == 0) {
        long all = before(scenario, fault - 1) + ROWS;
        Await.until(
            "staging",
            LONG,
            () -> isStaging() || number("merged_rows") == all,
            () -> "nothing is staged");
      }
      cluster.terminateTaskManager(ended++).get();
      cluster.startTaskManager();
      JobID killed = job;
      Await.until(
          "failed",
          LONG,
          () -> cluster.getJobStatus(killed).get().isGloballyTerminalState(),
          () -> state(cluster, killed));
      ScenarioSource.release(fault);
      job = submit(scenario, newest());
    }
    JobID last = job;
    Await.until(
        "finished",
        LONG,
        () -> cluster.getJobStatus(last).get() == JobStatus.FINISHED,
        () -> "merged " + number("merged_rows") + ", " + state(cluster, last));
    assertThat(number("epoch")).as("attempts").isGreaterThan(faults());
    assertThat(number("merged_rows"))
        .as("rows, each of which was merged once")
        .isEqualTo(before(scenario, faults()) + ROWS);
    for (TableId table : List.of(t, u)) {
      assertThat(PipelineSinkContract.rows(server(), "faults", table.identifier()))
          .as(table.identifier())
          .isEqualTo(scenario.rows(table).orElseThrow());
    }
    PipelineSinkContract.requireNothingStaged(server(), "faults");
  }

  private JobID submit(Scenario scenario, Optional<String> from) throws Exception {
    StreamExecutionEnvironment environment = environment(checkpoints, from);
    ComposedPipeline.compose(
        environment.addSource(
            new ScenarioSource(scenario, PER_SECOND), "scenario", new EventTypeInfo()),
        2,
        ComposedPipeline.sink(ComposedPipeline.options(server().spec("faults"))));
    return environment.executeAsync().getJobID();
  }

  /** The checkpoint that was completed last, of whichever job. */
  private Optional<String> newest() throws IOException {
    try (Stream<Path> files = Files.walk(checkpoints)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .max(Comparator.comparingLong(file -> file.toFile().lastModified()))
          .map(file -> file.getParent().toUri().toString());
    }
  }

  private static long completed(MiniCluster cluster, JobID job)
      throws InterruptedException, ExecutionException {
    return cluster
        .getExecutionGraph(job)
        .get()
        .getCheckpointStatsSnapshot()
        .getCounts()
        .getNumberOfCompletedCheckpoints();
  }

  /** What has become of the job, and what it failed of last. */
  private static String state(MiniCluster cluster, JobID job) {
    try {
      AccessExecutionGraph graph = cluster.getExecutionGraph(job).get();
      ErrorInfo failure = graph.getFailureInfo();
      return graph.getState() + (failure == null ? "" : ": " + failure.getExceptionAsString());
    } catch (InterruptedException | ExecutionException e) {
      return e.toString();
    }
  }

  private long number(String column) {
    if (texts(
            "SELECT table_name FROM information_schema.tables WHERE table_name = 'sink_version'"
                + " AND table_schema = 'tidemark'")
        .isEmpty()) {
      return 0;
    }
    return texts("SELECT " + column + " FROM tidemark.sink").stream()
        .mapToLong(Long::parseLong)
        .max()
        .orElse(0);
  }

  private boolean isStaging() {
    return !texts("SELECT name FROM tidemark.staged").isEmpty();
  }

  private List<String> texts(String query) {
    return PipelineSinkContract.texts(server(), "faults", query);
  }
}
