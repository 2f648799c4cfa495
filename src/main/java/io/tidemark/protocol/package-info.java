/**
 * The copy protocol as a pure state machine: events in, decisions out. {@link
 * io.tidemark.protocol.CopyCoordinator} opens and closes copy cycles and hands out chunks; {@link
 * io.tidemark.protocol.LogGate} decides, in the log reader, when to hold and which changes to emit.
 *
 * <p>No I/O, no Flink, no clock, no thread: whoever drives it brings time and order, so a
 * simulation can try every interleaving. May know {@code schema}, {@code change} and the interfaces
 * of {@code database}.
 */
package io.tidemark.protocol;
