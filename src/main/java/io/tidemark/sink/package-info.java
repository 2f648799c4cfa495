/**
 * Writes what a source subtask hands over into the target, exactly once: the chunk loader and the
 * log applier, as a Flink sink.
 *
 * <p>Change events come in; target transactions come out, each with its progress in the ledger. May
 * know {@code schema}, {@code change} and the interfaces of {@code database}; not the source, and
 * no particular database.
 */
package io.tidemark.sink;
