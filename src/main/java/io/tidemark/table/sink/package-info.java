/**
 * Tables of Flink SQL that are written to: rows of any origin are staged at the target while they
 * come, and those of a checkpoint become visible there in one transaction.
 *
 * <p>Writers stage, {@link io.tidemark.table.sink.CheckpointGathering} makes one of what all of
 * them have staged for a checkpoint, and {@link io.tidemark.table.sink.MergingCommitter} merges it
 * once Flink has completed the checkpoint.
 */
@org.jspecify.annotations.NullMarked
package io.tidemark.table.sink;
