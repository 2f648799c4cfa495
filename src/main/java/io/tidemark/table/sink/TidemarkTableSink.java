package io.tidemark.table.sink;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.PortableSchema;
import io.tidemark.database.SourceDatabase;
import io.tidemark.job.Databases;
import io.tidemark.schema.Column;
import io.tidemark.schema.PrimaryKey;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.staging.SinkTable;
import io.tidemark.staging.StagedSink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.sink.DataStreamSinkProvider;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;

/** A table of a database that takes rows from anywhere. */
final class TidemarkTableSink implements DynamicTableSink {

  /**
   * What was declared.
   *
   * @param path what the table is called in Flink
   * @param name of the sink in the ledger
   * @param table at the target
   * @param row the columns that are written
   * @param key the declared primary key
   * @param pace of a sink that is not exactly once
   * @param parallelism empty for that of what is written
   * @param creates whether the table is made where it is missing
   */
  record Declaration(
      String path,
      ConnectionSpec connection,
      String name,
      TableId table,
      DataType row,
      List<String> key,
      Guarantee guarantee,
      DirectRowSink.Pace pace,
      Optional<Integer> parallelism,
      boolean creates) {}

  private final Declaration declaration;

  TidemarkTableSink(Declaration declaration) {
    this.declaration = declaration;
  }

  /** With a key, the old row is not needed; without, there is no old row to be found. */
  @Override
  public ChangelogMode getChangelogMode(ChangelogMode requested) {
    if (!declaration.key().isEmpty()) {
      return ChangelogMode.upsert();
    }
    if (!requested.containsOnly(RowKind.INSERT)) {
      throw new ValidationException(
          "table "
              + declaration.path()
              + " has no PRIMARY KEY, and what is written to it changes and deletes rows: declare"
              + " the key by which they are found, PRIMARY KEY (…) NOT ENFORCED, which the"
              + " database's table has to have too");
    }
    return ChangelogMode.insertOnly();
  }

  @Override
  public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
    RowEncoder encoder = encoder();
    RowType row = (RowType) declaration.row().getLogicalType();
    StagedSink target =
        Databases.sink(
            declaration.connection(),
            new SinkTable(
                declaration.name(), declaration.table(), row.getFieldNames(), declaration.key()));
    Sink<RowData> sink =
        declaration.guarantee() == Guarantee.EXACTLY_ONCE
            ? new StagedRowSink(target, encoder)
            : new DirectRowSink(target, encoder, declaration.pace(), declaration.guarantee());
    return new DataStreamSinkProvider() {
      @Override
      public DataStreamSink<?> consumeDataStream(
          ProviderContext providers, DataStream<RowData> rows) {
        requireCheckpoints(rows.getExecutionEnvironment().getCheckpointConfig());
        DataStreamSink<RowData> written = rows.sinkTo(sink).name(asSummaryString());
        providers.generateUid("sink").ifPresent(written::uid);
        declaration.parallelism().ifPresent(written::setParallelism);
        return written;
      }

      @Override
      public Optional<Integer> getParallelism() {
        return declaration.parallelism();
      }
    };
  }

  private void requireCheckpoints(CheckpointConfig checkpoints) {
    if (declaration.guarantee() == Guarantee.EXACTLY_ONCE
        && !checkpoints.isCheckpointingEnabled()) {
      throw new ValidationException(
          "table "
              + declaration.path()
              + " shows rows when their checkpoint is complete, and there are none: SET"
              + " 'execution.checkpointing.interval' = '1 s'; or declare"
              + " 'sink.delivery-guarantee' = 'at-least-once'");
    }
  }

  /** Compares the declaration with the target's table. */
  private RowEncoder encoder() {
    List<String> wrong = new ArrayList<>();
    Optional<Table> found = find();
    if (found.isEmpty() && declaration.creates()) {
      create();
      found = find();
    }
    List<RowEncoder.Field> fields = new ArrayList<>();
    if (found.isEmpty()) {
      wrong.add(
          "the database has no table "
              + declaration.table()
              + ", or the user may not see it; names are compared exactly. '"
              + SinkTableOptions.CREATE_TABLE.key()
              + "' = 'true' has it made");
    } else {
      requireKey(found.get(), wrong);
      Map<String, Column> there =
          found.get().columns().stream()
              .collect(Collectors.toMap(Column::name, Function.identity()));
      List<RowType.RowField> declared = ((RowType) declaration.row().getLogicalType()).getFields();
      for (int i = 0; i < declared.size(); i++) {
        field(declared.get(i), i, there, wrong).ifPresent(fields::add);
      }
    }
    SinkTableFactory.requireNone(declaration.path(), wrong);
    return new RowEncoder(declaration.path(), fields, !declaration.key().isEmpty());
  }

  private Optional<RowEncoder.Field> field(
      RowType.RowField declared, int place, Map<String, Column> there, List<String> wrong) {
    Column column = there.get(declared.getName());
    String where = declaration.table() + ", column " + declared.getName() + ": ";
    if (column == null) {
      wrong.add(where + "the database does not have it, or makes its values itself");
      return Optional.empty();
    }
    Optional<ValueWriter> writer = ValueWriter.of(declared.getType(), column);
    if (writer.isEmpty()) {
      wrong.add(
          where
              + column.type()
              + " does not hold every "
              + declared.getType().copy(true).asSummaryString()
              + "; see docs/sql.md for what can be declared");
    }
    return writer.map(
        values ->
            new RowEncoder.Field(
                declared.getName(),
                RowData.createFieldGetter(declared.getType(), place),
                values,
                declaration.key().contains(declared.getName())));
  }

  private void requireKey(Table table, List<String> wrong) {
    List<String> there = table.key().map(PrimaryKey::columns).orElse(List.of());
    if (!declaration.key().isEmpty() && !Set.copyOf(there).equals(Set.copyOf(declaration.key()))) {
      wrong.add(
          table.id()
              + ": PRIMARY KEY "
              + declaration.key()
              + " is declared, and the database has "
              + (there.isEmpty() ? "none" : there.toString()));
    }
  }

  private Optional<Table> find() {
    try {
      return Databases.source(
              declaration.connection(),
              "sql_look",
              new Selection(List.of("*.*"), Map.of(), Map.of(), true),
              SourceSettings.DEFAULT)
          .listing()
          .table(declaration.table())
          .map(SourceDatabase.ListedTable::table);
    } catch (DatabaseException e) {
      throw new ValidationException(
          "table " + declaration.path() + " cannot be written: " + e.getMessage(), e);
    }
  }

  private void create() {
    List<String> wrong = new ArrayList<>();
    PortableSchema.TableDefinition made =
        NewTable.of(
            declaration.table(),
            (RowType) declaration.row().getLogicalType(),
            declaration.key(),
            Databases.hasInstants(declaration.connection().url()),
            wrong);
    SinkTableFactory.requireNone(declaration.path(), wrong);
    try {
      Databases.create(declaration.connection(), made);
    } catch (DatabaseException e) {
      throw new ValidationException(
          "table "
              + declaration.table()
              + " cannot be made for "
              + declaration.path()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  @Override
  public DynamicTableSink copy() {
    return new TidemarkTableSink(declaration);
  }

  @Override
  public String asSummaryString() {
    return "Tidemark (" + declaration.connection().displayUrl() + ", " + declaration.table() + ")";
  }
}
