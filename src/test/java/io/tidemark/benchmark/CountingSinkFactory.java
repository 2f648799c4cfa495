package io.tidemark.benchmark;

import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.sink.DataStreamSinkProvider;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.types.RowKind;

/** Flink's {@code blackhole}, which takes every change and keeps none, with a count of them. */
public final class CountingSinkFactory implements DynamicTableSinkFactory {

  static final String NAME = "counting-blackhole";

  /** Of all such sinks of this process, since it was set back. */
  static final LongAdder COUNT = new LongAdder();

  @Override
  public String factoryIdentifier() {
    return NAME;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of();
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of();
  }

  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    return new Counting();
  }

  private static final class Counting implements DynamicTableSink {

    /** As blackhole's: every kind of change but the former image of an update. */
    @Override
    public ChangelogMode getChangelogMode(ChangelogMode requested) {
      ChangelogMode.Builder mode = ChangelogMode.newBuilder();
      requested.getContainedKinds().stream()
          .filter(kind -> kind != RowKind.UPDATE_BEFORE)
          .forEach(mode::addContainedKind);
      return mode.build();
    }

    @Override
    public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
      return new DataStreamSinkProvider() {
        @Override
        public DataStreamSink<?> consumeDataStream(
            ProviderContext provider, DataStream<RowData> rows) {
          return rows.map(Counting::counted).sinkTo(new DiscardingSink<>());
        }
      };
    }

    private static RowKind counted(RowData row) {
      COUNT.increment();
      return row.getRowKind();
    }

    @Override
    public DynamicTableSink copy() {
      return new Counting();
    }

    @Override
    public String asSummaryString() {
      return NAME;
    }
  }
}
