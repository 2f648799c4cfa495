package io.tidemark.pipeline;

import io.tidemark.job.Databases;
import io.tidemark.settings.ConnectionSpec;
import org.apache.flink.cdc.common.sink.DataSink;
import org.apache.flink.cdc.common.sink.EventSinkProvider;
import org.apache.flink.cdc.common.sink.FlinkSinkProvider;
import org.apache.flink.cdc.common.sink.MetadataApplier;

/** A database that a pipeline writes to. Rows with one key go to one writer. */
final class TidemarkDataSink implements DataSink {

  private final ConnectionSpec connection;
  private final String name;

  TidemarkDataSink(ConnectionSpec connection, String name) {
    this.connection = connection;
    this.name = name;
  }

  @Override
  public EventSinkProvider getEventSinkProvider() {
    return FlinkSinkProvider.of(new TidemarkPipelineSink(connection, name));
  }

  @Override
  public MetadataApplier getMetadataApplier() {
    return new TidemarkApplier(connection, Databases.defaultSchema(connection.url()));
  }
}
