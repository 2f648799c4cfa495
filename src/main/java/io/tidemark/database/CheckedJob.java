package io.tidemark.database;

/**
 * What a job is to do with its databases, as far as they have to be ready for it.
 *
 * @param parallelism how many chunks are copied at a time
 * @param existing what to do about rows that are in the target's tables before the copy
 * @param streamKnown whether the target's ledger has the stream, so that rows at the target and
 *     what the stream puts up at the source are expected
 */
public record CheckedJob(int parallelism, ExistingRows existing, boolean streamKnown) {}
