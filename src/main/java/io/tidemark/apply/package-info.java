/**
 * What the sink decides, without doing it: source transactions come in, and go out as target
 * transactions, reduced to their net effect; claims and epochs come in, and a verdict goes out. No
 * I/O, no Flink, no clock, no thread, so that {@code sink} carries it out and {@code simulation}
 * tries it.
 *
 * <p>May know {@code schema}, {@code change} and the interfaces of {@code database}.
 */
package io.tidemark.apply;
