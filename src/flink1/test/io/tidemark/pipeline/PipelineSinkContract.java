package io.tidemark.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.lab.Server;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.cdc.common.event.AddColumnEvent;
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
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a pipeline's sink does with rows and changes of tables, at every database alike. */
@Timeout(300)
abstract class PipelineSinkContract {

  static final Schema ORDERS =
      Schema.newBuilder()
          .physicalColumn("id", DataTypes.INT().notNull())
          .physicalColumn("name", DataTypes.VARCHAR(20))
          .physicalColumn("amount", DataTypes.DECIMAL(10, 2))
          .physicalColumn("made", DataTypes.TIMESTAMP(0))
          .primaryKey("id")
          .build();

  @RegisterExtension
  private static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  abstract Server server();

  private static Timestamp moment(int n) {
    return Timestamp.valueOf("2024-02-03 04:05:" + (10 + n % 50));
  }

  static AddColumnEvent add(TableId table, Column column) {
    return new AddColumnEvent(table, List.of(AddColumnEvent.last(column)));
  }

  /**
   * Every change, with rows before, between and after, of keys that are written again and again.
   */
  private Scenario everyChange(String schema) {
    TableId t = TableId.tableId(schema, "t");
    TableId u = TableId.tableId(schema, "u");
    TableId gone = TableId.tableId(schema, "gone");
    Schema two =
        Schema.newBuilder()
            .physicalColumn("id", DataTypes.INT().notNull())
            .physicalColumn("v", DataTypes.STRING())
            .primaryKey("id")
            .build();
    Scenario all = new Scenario().change(new CreateTableEvent(t, ORDERS));
    for (int i = 0; i < 40; i++) {
      all.put(t, i, "n" + i, new BigDecimal(i + ".25"), moment(i));
    }
    all.remove(t, 3, "n3", new BigDecimal("3.25"), moment(3));
    all.change(new CreateTableEvent(u, two)).put(u, 1, "a").put(u, 2, "b");
    all.change(add(t, Column.physicalColumn("note", DataTypes.STRING(), "", "it's")));
    for (int i = 20; i < 60; i++) {
      all.put(t, i, "m" + i, new BigDecimal(i + ".50"), moment(i), i % 3 == 0 ? null : "note" + i);
    }
    all.change(new RenameColumnEvent(t, Map.of("name", "title")));
    all.put(t, 21, "renamed", new BigDecimal("1.00"), moment(1), "x");
    all.change(new AlterColumnTypeEvent(t, Map.of("amount", DataTypes.DECIMAL(20, 2))));
    all.put(t, 22, "large", new BigDecimal("123456789012345678.99"), moment(2), "\\x\ty'");
    all.change(new TruncateTableEvent(u)).put(u, 2, "c").put(u, 7, "d");
    all.change(new DropColumnEvent(t, List.of("made")));
    all.put(t, 4, "dropped", new BigDecimal("4.00"), "short").remove(t, 5, "n5", null, null);
    all.change(new CreateTableEvent(gone, two)).put(gone, 1, "z");
    all.change(new DropTableEvent(gone));
    all.change(add(t, Column.physicalColumn("more", DataTypes.BIGINT())));
    all.put(t, 6, "last", new BigDecimal("6.00"), null, 6_000_000_000L);
    return all;
  }

  private static StreamExecutionEnvironment environment(String interval) {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", interval);
    configuration.setString("parallelism.default", "2");
    configuration.setString("restart-strategy.type", "disable");
    return StreamExecutionEnvironment.getExecutionEnvironment(configuration);
  }

  void run(String database, Scenario scenario, String interval, int perSecond) throws Exception {
    StreamExecutionEnvironment environment = environment(interval);
    ComposedPipeline.compose(
        environment.addSource(
            new ScenarioSource(scenario, perSecond),
            "scenario",
            new org.apache.flink.cdc.runtime.typeutils.EventTypeInfo()),
        2,
        ComposedPipeline.sink(ComposedPipeline.options(server().spec(database))));
    environment.execute();
  }

  /** A table, in the order of its key; the columns by their names. */
  static List<Map<String, String>> rows(Server server, String database, String table) {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT * FROM " + table + " ORDER BY 1")) {
      List<Map<String, String>> all = new ArrayList<>();
      while (rows.next()) {
        Map<String, String> row = new LinkedHashMap<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          row.put(rows.getMetaData().getColumnLabel(i), rows.getString(i));
        }
        all.add(row);
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<String> texts(Server server, String database, String query) {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      List<String> all = new ArrayList<>();
      while (rows.next()) {
        all.add(rows.getString(1));
      }
      return all;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static void requireNothingStaged(Server server, String database) {
    assertThat(texts(server, database, "SELECT name FROM tidemark.staged")).isEmpty();
    assertThat(
            texts(
                server,
                database,
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tidemark'"
                    + " AND table_name LIKE 'sink#_%#_%#_%' ESCAPE '#'"))
        .isEmpty();
  }

  void requireEqual(String database, String schema, Scenario scenario) {
    for (String table : List.of("t", "u")) {
      assertThat(rows(server(), database, schema + "." + table))
          .as(table)
          .isEqualTo(scenario.rows(TableId.tableId(schema, table)).orElseThrow());
    }
    assertThat(
            texts(
                server(),
                database,
                "SELECT table_name FROM information_schema.tables WHERE table_name = 'gone'"
                    + " AND table_schema = '"
                    + schema
                    + "'"))
        .isEmpty();
    requireNothingStaged(server(), database);
  }

  @Test
  void everyChangeLiesBetweenItsRowsInOneCheckpoint() throws Exception {
    server().createDatabase("at_once");
    Scenario scenario = everyChange("one");
    run("at_once", scenario, "1 h", 0);
    requireEqual("at_once", "one", scenario);
    assertThat(texts(server(), "at_once", "SELECT merged_sequence FROM tidemark.sink"))
        .as("checkpoints with something in them")
        .allMatch(merged -> Integer.parseInt(merged) <= 2);
  }

  @Test
  void everyChangeLiesBetweenItsRowsInManyCheckpoints() throws Exception {
    server().createDatabase("slowly");
    Scenario scenario = everyChange("two");
    run("slowly", scenario, "100 ms", 50);
    requireEqual("slowly", "two", scenario);
    assertThat(texts(server(), "slowly", "SELECT merged_sequence FROM tidemark.sink"))
        .allMatch(merged -> Integer.parseInt(merged) > 5);
  }

  @Test
  void aTableThatIsThereIsWrittenToOrRefusedWithWhatIsWrong() throws Exception {
    server().createDatabase("there");
    TableId t = TableId.tableId("three", "t");
    Scenario scenario =
        new Scenario()
            .change(new CreateTableEvent(t, ORDERS))
            .put(t, 1, "new", new BigDecimal("1.00"), moment(1));
    server()
        .execute(
            "there",
            "CREATE SCHEMA three",
            "CREATE TABLE three.t (id int PRIMARY KEY, own int, name varchar(30), amount decimal(12,2), made "
                + timestampType()
                + ")",
            "INSERT INTO three.t (id, own, name) VALUES (1, 7, 'old'), (2, 8, 'kept')");
    run("there", scenario, "100 ms", 0);
    assertThat(texts(server(), "there", "SELECT concat(id, own, name) FROM three.t ORDER BY id"))
        .containsExactly("17new", "28kept");
    server()
        .execute(
            "there",
            "DROP TABLE three.t",
            "CREATE TABLE three.t (id int, name varchar(10), amount decimal(12,1), made "
                + timestampType()
                + ", PRIMARY KEY (id, name))",
            "DELETE FROM tidemark.sink");
    assertThatThrownBy(() -> run("there", scenario, "100 ms", 0))
        .hasStackTraceContaining("its key is [id, name], and that of the rows is [id]")
        .hasStackTraceContaining("column amount is")
        .hasStackTraceContaining("column name is")
        .hasStackTraceContaining("drop it so that it is made");
  }

  abstract String timestampType();

  @Test
  void whatCannotBeExactIsRefused() throws Exception {
    server().createDatabase("refused");
    TableId t = TableId.tableId("four", "t");
    Scenario keyless =
        new Scenario()
            .change(
                new CreateTableEvent(
                    t, Schema.newBuilder().physicalColumn("v", DataTypes.STRING()).build()));
    assertThatThrownBy(() -> run("refused", keyless, "100 ms", 0))
        .hasStackTraceContaining("has no primary key")
        .hasStackTraceContaining("under transform, primary-keys");
    Scenario rounded =
        new Scenario()
            .change(new CreateTableEvent(t, ORDERS))
            .put(t, 1, "a", new BigDecimal("1.25"), moment(1))
            .change(new AlterColumnTypeEvent(t, Map.of("amount", DataTypes.DECIMAL(10, 1))));
    assertThatThrownBy(() -> run("refused", rounded, "100 ms", 0))
        .hasStackTraceContaining("column amount of table four.t is no longer DECIMAL(10, 2)");
    Scenario unknown =
        new Scenario()
            .change(new CreateTableEvent(t, ORDERS))
            .put(t, 1, "a", new BigDecimal("1.25"), moment(1))
            .change(add(t, Column.physicalColumn("n", DataTypes.INT().notNull())));
    assertThatThrownBy(() -> run("refused", unknown, "1 h", 0))
        .hasStackTraceContaining("column n was added to table four.t as NOT NULL");
  }
}
