package io.tidemark.table;

import io.tidemark.database.SourceMemory;
import io.tidemark.job.ChangeEventType;
import io.tidemark.job.Databases;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.source.CopySettings;
import io.tidemark.source.Submission;
import io.tidemark.source.TidemarkSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.WeakHashMap;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.RowData;
import org.apache.flink.util.OutputTag;

/**
 * The one source of a database in a statement, or set of statements, with all the tables that are
 * read from it there. Used by the thread that plans the statement.
 */
final class SharedSource {

  /**
   * When the planner began with a statement, which it says to the environment before it asks any
   * table for its rows ({@code PlannerBase.beforeTranslation} in Flink 1.20 and 2.x): what is
   * planned under one such time is one job.
   */
  private static final ConfigOption<Long> STATEMENT =
      ConfigOptions.key("__table.query-start.epoch-time__").longType().defaultValue(0L);

  /**
   * The sources of the statement that is being planned, by what an environment has of its own: for
   * a batch job the planner makes environments around the one of the session, which share it.
   */
  private static final Map<CheckpointConfig, Statement> PLANNED = new WeakHashMap<>();

  /**
   * What has to be the same for two tables to have one source.
   *
   * @param stream names what the source puts up in the database; empty for a name of its own
   * @param database what metadata call it; empty where a schema is one
   * @param copy how the copy is paced
   */
  record Key(ConnectionSpec connection, String stream, String database, CopySettings copy) {

    /** Whether both would put up what bears the stream's name at one server. */
    private boolean isInTheWayOf(Key other) {
      return !stream.isEmpty()
          && stream.equals(other.stream)
          && server().equals(other.server())
          && !equals(other);
    }

    private String server() {
      String url = connection.displayUrl();
      return url.substring(0, url.lastIndexOf('/'));
    }
  }

  /**
   * @param isOptimized whether it was being optimized when it was first asked for a table
   */
  private record Statement(long begun, boolean isOptimized, Map<Key, SharedSource> sources) {}

  /** In a batch job the planner asks this one whether a source can be chained, for its rows. */
  private static final String OPTIMIZER = "MultipleInputNodeCreationProcessor";

  private final Key key;
  private final String stream;
  private final String incarnation = UUID.randomUUID().toString();
  private final List<RowsOfTables.Output> outputs = new ArrayList<>();
  private final SingleOutputStreamOperator<RowData> rows;
  private final boolean isBatch;

  /** Once the job was made of it, it is not to be added to. */
  private boolean isWritten;

  private SharedSource(Key key, int number, StreamExecutionEnvironment environment) {
    this.key = key;
    this.isBatch = SourceTableFactory.isBatch(environment.getConfiguration());
    this.stream =
        key.stream().isEmpty()
            ? "sql_" + UUID.randomUUID().toString().replace("-", "").substring(0, 20)
            : key.stream();
    String uid = "tidemark-" + number + "-" + key.stream() + "-" + key.connection().displayUrl();
    this.rows =
        environment
            .fromSource(
                new LateSource(this::source, key.copy().startup().boundedness()),
                WatermarkStrategy.noWatermarks(),
                "read " + key.connection().displayUrl(),
                new ChangeEventType())
            .uid(uid)
            .process(new RowsOfTables(outputs, key.database()))
            .name("rows of " + key.connection().displayUrl())
            .uid(uid + "-rows");
  }

  /** The source of the statement that is being planned; made if it is the first one to ask. */
  static SharedSource of(StreamExecutionEnvironment environment, Key key) {
    synchronized (PLANNED) {
      long begun = environment.getConfiguration().get(STATEMENT);
      Statement statement = PLANNED.get(environment.getCheckpointConfig());
      if (statement == null || statement.begun() != begun) {
        boolean isOptimized = isOptimizing();
        Map<Key, SharedSource> sources =
            statement != null && statement.isOptimized() && !isOptimized
                ? statement.sources()
                : new HashMap<>();
        statement = new Statement(begun, isOptimized, sources);
        PLANNED.put(environment.getCheckpointConfig(), statement);
      }
      SharedSource known = statement.sources().get(key);
      if (known == null || known.isWritten) {
        requireNoneInTheWay(statement.sources().keySet(), key);
        known = new SharedSource(key, statement.sources().size(), environment);
        statement.sources().put(key, known);
      }
      return known;
    }
  }

  /**
   * Whether the planner is not yet at the translation that {@link #STATEMENT} is the time of. What
   * it is given now it keeps, so that the tables that it translates under that time are of the same
   * job.
   */
  private static boolean isOptimizing() {
    return StackWalker.getInstance()
        .walk(frames -> frames.anyMatch(frame -> frame.getClassName().endsWith(OPTIMIZER)));
  }

  /** Two sources of one name would take the log from each other for ever. */
  private static void requireNoneInTheWay(Set<Key> others, Key key) {
    if (others.stream().anyMatch(key::isInTheWayOf)) {
      throw new ValidationException(
          "two sources of this statement are both called '"
              + key.stream()
              + "' at "
              + key.server()
              + ", and read different databases there, or at a different pace (chunk size, cycle), or"
              + " as different users. Give one of them another 'stream' or 'slot.name', or all the"
              + " same options");
    }
  }

  /** The rows that a scan wants. */
  DataStream<RowData> rows(TableScan scan, TypeInformation<RowData> type) {
    OutputTag<RowData> tag = new OutputTag<>(scan.name() + "-" + outputs.size(), type);
    outputs.add(new RowsOfTables.Output(scan, tag));
    DataStream<RowData> output = rows.getSideOutput(tag);
    // Who joins in a batch job reads one table to its end before the other one: each has to be
    // written to its end without being read, as what crosses subtasks is.
    return isBatch ? output.rescale() : output;
  }

  private TidemarkSource source() {
    isWritten = true;
    return new TidemarkSource(
        Databases.source(key.connection(), stream, selection(), SourceSettings.DEFAULT).portable(),
        Optional.empty(),
        key.copy(),
        new Submission(incarnation, List.of(), SourceMemory.NONE));
  }

  /**
   * All columns: a publication that lists some would forbid updates of tables that log whole rows.
   */
  private Selection selection() {
    Set<TableId> tables = new HashSet<>();
    outputs.forEach(output -> tables.addAll(output.scan().tables()));
    return new Selection(
        tables.stream().map(table -> table.schema() + ".*").distinct().sorted().toList(),
        Map.of(),
        Map.of(),
        true,
        tables);
  }
}
