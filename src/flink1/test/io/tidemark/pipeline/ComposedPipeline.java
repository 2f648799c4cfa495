package io.tidemark.pipeline;

import io.tidemark.settings.ConnectionSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.cdc.common.configuration.Configuration;
import org.apache.flink.cdc.common.event.Event;
import org.apache.flink.cdc.common.event.SchemaChangeEventTypeFamily;
import org.apache.flink.cdc.common.factories.DataSinkFactory;
import org.apache.flink.cdc.common.factories.DataSourceFactory;
import org.apache.flink.cdc.common.factories.Factory;
import org.apache.flink.cdc.common.factories.FactoryHelper;
import org.apache.flink.cdc.common.pipeline.SchemaChangeBehavior;
import org.apache.flink.cdc.common.sink.DataSink;
import org.apache.flink.cdc.common.sink.FlinkSinkProvider;
import org.apache.flink.cdc.common.source.DataSource;
import org.apache.flink.cdc.common.source.FlinkSourceProvider;
import org.apache.flink.cdc.runtime.operators.schema.regular.SchemaOperatorFactory;
import org.apache.flink.cdc.runtime.operators.sink.DataSinkWriterOperatorFactory;
import org.apache.flink.cdc.runtime.partitioning.EventPartitioner;
import org.apache.flink.cdc.runtime.partitioning.PartitioningEventKeySelector;
import org.apache.flink.cdc.runtime.partitioning.PostPartitionProcessor;
import org.apache.flink.cdc.runtime.partitioning.RegularPrePartitionOperator;
import org.apache.flink.cdc.runtime.typeutils.EventTypeInfo;
import org.apache.flink.cdc.runtime.typeutils.PartitioningEventTypeInfo;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.shaded.guava31.com.google.common.hash.Hashing;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.connector.sink2.WithPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.runtime.operators.sink.CommitterOperatorFactory;

/**
 * A pipeline of Flink CDC's own operators between a source and our sink, as its composer has it.
 */
@SuppressWarnings("deprecation")
final class ComposedPipeline {

  private static final String SCHEMA_UID = "$$_schema_operator_$$";

  private ComposedPipeline() {}

  static DataSink sink(Map<String, String> options) {
    for (Factory factory : ServiceLoader.load(Factory.class)) {
      if (factory instanceof DataSinkFactory found
          && found.identifier().equals(TidemarkDataSinkFactory.IDENTIFIER)) {
        return found.createDataSink(
            new FactoryHelper.DefaultContext(
                Configuration.fromMap(options),
                new Configuration(),
                ComposedPipeline.class.getClassLoader()));
      }
    }
    throw new AssertionError("nobody found the sink");
  }

  static DataSource source(String type, Map<String, String> options) {
    for (Factory factory : ServiceLoader.load(Factory.class)) {
      if (factory instanceof DataSourceFactory found && found.identifier().equals(type)) {
        return found.createDataSource(
            new FactoryHelper.DefaultContext(
                Configuration.fromMap(options),
                new Configuration(),
                ComposedPipeline.class.getClassLoader()));
      }
    }
    throw new AssertionError("nobody found the source " + type);
  }

  /** As the composer adds it. */
  static DataStream<Event> events(StreamExecutionEnvironment environment, DataSource source) {
    return environment.fromSource(
        ((FlinkSourceProvider) source.getEventSourceProvider()).getSource(),
        WatermarkStrategy.noWatermarks(),
        "source",
        new EventTypeInfo());
  }

  static Map<String, String> options(ConnectionSpec spec) {
    return Map.of("url", spec.url(), "username", spec.user(), "password", spec.password());
  }

  static void compose(DataStream<Event> events, int parallelism, DataSink target) {
    DataStream<Event> evolved =
        events
            .transform(
                "SchemaOperator",
                new EventTypeInfo(),
                new SchemaOperatorFactory(
                    target
                        .getMetadataApplier()
                        .setAcceptedSchemaEvolutionTypes(
                            Arrays.stream(SchemaChangeEventTypeFamily.ALL)
                                .collect(Collectors.toSet())),
                    List.of(),
                    Duration.ofMinutes(3),
                    SchemaChangeBehavior.EVOLVE,
                    "UTC"))
            .uid(SCHEMA_UID)
            .setParallelism(parallelism);
    OperatorID schemas =
        new OperatorID(
            Hashing.murmur3_128(0)
                .newHasher()
                .putString(SCHEMA_UID, StandardCharsets.UTF_8)
                .hash()
                .asBytes());
    DataStream<Event> partitioned =
        evolved
            .transform(
                "PrePartition",
                new PartitioningEventTypeInfo(),
                new RegularPrePartitionOperator(
                    schemas,
                    parallelism,
                    target.getDataChangeEventHashFunctionProvider(parallelism)))
            .setParallelism(parallelism)
            .partitionCustom(new EventPartitioner(), new PartitioningEventKeySelector())
            .map(new PostPartitionProcessor(), new EventTypeInfo())
            .name("PostPartition");
    write(partitioned, ((FlinkSinkProvider) target.getEventSinkProvider()).getSink(), schemas);
  }

  @SuppressWarnings("unchecked")
  private static void write(DataStream<Event> events, Sink<Event> sink, OperatorID schemas) {
    CommittableMessageTypeInfo<Object> type =
        (CommittableMessageTypeInfo<Object>)
            (CommittableMessageTypeInfo<?>) CommittableMessageTypeInfo.of(() -> serializer(sink));
    WithPreCommitTopology<Event, Object> committing = (WithPreCommitTopology<Event, Object>) sink;
    DataStream<CommittableMessage<Object>> written =
        events.transform(
            "Sink Writer", type, new DataSinkWriterOperatorFactory<>(sink, false, schemas));
    committing
        .addPreCommitTopology(written)
        .transform("Sink Committer", type, new CommitterOperatorFactory<>(committing, false, true));
  }

  /** As the composer finds it: by its name, in the class itself. */
  @SuppressWarnings("unchecked")
  private static SimpleVersionedSerializer<Object> serializer(Sink<Event> sink) {
    try {
      return (SimpleVersionedSerializer<Object>)
          sink.getClass().getDeclaredMethod("getCommittableSerializer").invoke(sink);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
