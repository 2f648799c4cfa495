/**
 * Connectors of Flink CDC's pipelines: a sink that writes the events of any of its sources, rows
 * and changes of tables alike, into PostgreSQL, MySQL or MariaDB, exactly once.
 *
 * <p>Only for Flink 1.20, for which the Flink CDC is built whose interfaces these are. {@code
 * docs/pipelines.md} says how it is used, {@code docs/protocol.md} why it is exact.
 */
@org.jspecify.annotations.NullMarked
package io.tidemark.pipeline;
