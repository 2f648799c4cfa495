package io.tidemark.sink;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;

/** A sink as Flink 1.20 wants it: its interface is another one in each major version. */
public interface VersionedSink<T> extends Sink<T> {
  /** The older way to create a writer, which the interface still demands. Flink calls the other. */
  @Override
  @Deprecated
  @SuppressWarnings("deprecation")
  default SinkWriter<T> createWriter(Sink.InitContext context) {
    throw new UnsupportedOperationException("Flink 1.20 creates writers with a WriterInitContext");
  }
}
