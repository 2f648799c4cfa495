/**
 * Measures Tidemark against what PostgreSQL itself offers, in the same run on the same servers:
 * COPY through a pipe, and logical replication. See docs/benchmarks.md. {@code SpeedIT} does it at
 * a small scale in the build, {@link io.tidemark.benchmark.Benchmark} at any scale by hand.
 */
package io.tidemark.benchmark;
