package io.tidemark.sink;

import org.apache.flink.api.connector.sink2.Sink;

/** A sink as Flink 2 wants it: its interface is another one in each major version. */
public interface VersionedSink<T> extends Sink<T> {}
