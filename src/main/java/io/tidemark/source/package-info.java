/**
 * The FLIP-27 source: an enumerator that carries {@code protocol}'s decisions out, readers that
 * copy chunks from snapshot sessions and read the log, and versioned serializers for what
 * checkpoints keep.
 *
 * <p>Emits {@code change} events that name the epoch; does not know the sink, only the {@code
 * Ledger} interface.
 */
package io.tidemark.source;
