package io.tidemark.table;

import io.tidemark.database.SourceDatabase;
import io.tidemark.job.Databases;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ConnectionSpec;
import io.tidemark.settings.Selection;
import io.tidemark.settings.SourceSettings;
import io.tidemark.table.TableScan.DeclaredColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.api.common.BatchShuffleMode;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsFilterPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsProjectionPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsReadingMetadata;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.expressions.ResolvedExpression;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.jspecify.annotations.Nullable;

/** A table of a live database, first as it is and then with every change. By one thread. */
final class TidemarkTableSource
    implements ScanTableSource,
        SupportsFilterPushDown,
        SupportsProjectionPushDown,
        SupportsReadingMetadata {

  /**
   * What was declared.
   *
   * @param path what the table is called in Flink
   * @param source of which the table is read
   * @param schema whose tables are read, a regular expression
   * @param table which of them, a regular expression
   * @param row the columns that the database has
   * @param key the declared primary key
   */
  record Declaration(
      String path,
      SharedSource.Key source,
      Pattern schema,
      Pattern table,
      DataType row,
      List<String> key,
      Changelog changelog) {

    private boolean means(TableId id) {
      return schema.matcher(id.schema()).matches() && table.matcher(id.name()).matches();
    }
  }

  private final Declaration declaration;

  /** The wanted columns, by their places among the declared ones. */
  private int[] projected;

  private List<RowMetadata> metadata = List.of();
  private DataType produced;
  private @Nullable RowFilter filter;

  TidemarkTableSource(Declaration declaration) {
    this.declaration = declaration;
    this.produced = declaration.row();
    this.projected = new int[DataType.getFieldCount(declaration.row())];
    Arrays.setAll(projected, field -> field);
  }

  @Override
  public ChangelogMode getChangelogMode() {
    return isOfOneMoment() ? ChangelogMode.insertOnly() : declaration.changelog().mode();
  }

  @Override
  public boolean supportsNestedProjection() {
    return false;
  }

  @Override
  public void applyProjection(int[][] fields, DataType producedDataType) {
    projected = Arrays.stream(fields).mapToInt(field -> field[0]).toArray();
    produced = producedDataType;
  }

  /**
   * Rows that are appended are filtered one by one, and of some only the key is known: Flink looks
   * at them.
   */
  @Override
  public Result applyFilters(List<ResolvedExpression> filters) {
    if (declaration.changelog().isAppended()) {
      return Result.of(List.of(), filters);
    }
    FilterTranslation translation = new FilterTranslation(columns());
    List<ResolvedExpression> taken = new ArrayList<>();
    List<ResolvedExpression> left = new ArrayList<>();
    filters.forEach(each -> (translation.take(each) ? taken : left).add(each));
    filter = translation.filter().orElse(null);
    return Result.of(taken, left);
  }

  @Override
  public Map<String, DataType> listReadableMetadata() {
    Map<String, DataType> readable = new LinkedHashMap<>();
    for (RowMetadata each : RowMetadata.values()) {
      readable.put(each.key(), each.type());
    }
    return readable;
  }

  @Override
  public void applyReadableMetadata(List<String> keys, DataType producedDataType) {
    metadata = keys.stream().map(key -> RowMetadata.named(key).orElseThrow()).toList();
    produced = producedDataType;
  }

  @Override
  public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
    TypeInformation<RowData> type = context.createTypeInformation(produced);
    return new DataStreamScanProvider() {
      @Override
      public DataStream<RowData> produceDataStream(
          ProviderContext provider, StreamExecutionEnvironment environment) {
        return rows(environment, type);
      }

      @Override
      public boolean isBounded() {
        return isOfOneMoment();
      }
    };
  }

  private boolean isOfOneMoment() {
    return declaration.source().copy().startup().boundedness() == Boundedness.BOUNDED;
  }

  private DataStream<RowData> rows(
      StreamExecutionEnvironment environment, TypeInformation<RowData> type) {
    if (isOfOneMoment()) {
      requireWrittenToTheEnd(environment.getConfiguration());
    } else {
      requireCheckpoints(environment.getCheckpointConfig());
    }
    List<DeclaredColumn> declared = columns();
    Set<TableId> tables =
        new DeclaredTable(
                declaration.path(),
                declared,
                declaration.key(),
                declaration.changelog().form(),
                !isOfOneMoment())
            .requireIn(database(), declaration::means);
    TableScan scan =
        new TableScan(
            declaration.path(),
            tables,
            Arrays.stream(projected).mapToObj(declared::get).toList(),
            metadata,
            declaration.changelog(),
            filter);
    return SharedSource.of(environment, declaration.source()).rows(scan, type);
  }

  private SourceDatabase database() {
    return seen(declaration.source().connection());
  }

  /** All tables that the user may see; which of them are meant is known once they are listed. */
  static SourceDatabase seen(ConnectionSpec connection) {
    return Databases.source(
            connection,
            "sql_look",
            new Selection(List.of("*.*"), Map.of(), Map.of(), true),
            SourceSettings.DEFAULT)
        .portable();
  }

  private List<DeclaredColumn> columns() {
    RowType row = (RowType) declaration.row().getLogicalType();
    List<DeclaredColumn> columns = new ArrayList<>();
    for (RowType.RowField field : row.getFields()) {
      columns.add(new DeclaredColumn(field.getName(), field.getType()));
    }
    return columns;
  }

  /** Tables of one source wait for each other where a batch job does not keep them in between. */
  private void requireWrittenToTheEnd(ReadableConfig configuration) {
    if (SourceTableFactory.isBatch(configuration)
        && configuration.get(ExecutionOptions.BATCH_SHUFFLE_MODE)
            != BatchShuffleMode.ALL_EXCHANGES_BLOCKING) {
      throw new ValidationException(
          "table "
              + declaration.path()
              + " is read together with others, which a batch job reads one after the other: SET"
              + " 'execution.batch-shuffle-mode' = 'ALL_EXCHANGES_BLOCKING'");
    }
  }

  /**
   * What is copied is handed out between two checkpoints, in an order that only aligned ones keep.
   */
  private void requireCheckpoints(CheckpointConfig checkpoints) {
    if (!checkpoints.isCheckpointingEnabled()) {
      throw new ValidationException(
          "table "
              + declaration.path()
              + " is read between checkpoints, and there are none: SET"
              + " 'execution.checkpointing.interval' = '10 s'");
    }
    if (checkpoints.isUnalignedCheckpointsEnabled()
        || checkpoints.getCheckpointingMode() != CheckpointingMode.EXACTLY_ONCE) {
      throw new ValidationException(
          "table "
              + declaration.path()
              + " needs aligned checkpoints that are exactly once: SET"
              + " 'execution.checkpointing.unaligned.enabled' = 'false' and SET"
              + " 'execution.checkpointing.mode' = 'EXACTLY_ONCE'");
    }
  }

  @Override
  public DynamicTableSource copy() {
    TidemarkTableSource copy = new TidemarkTableSource(declaration);
    copy.projected = projected.clone();
    copy.metadata = metadata;
    copy.produced = produced;
    copy.filter = filter;
    return copy;
  }

  @Override
  public String asSummaryString() {
    return "Tidemark (" + declaration.source().connection().displayUrl() + ")";
  }
}
