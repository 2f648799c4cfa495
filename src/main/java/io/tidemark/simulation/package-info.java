/**
 * A deterministic simulation of the copy protocol: comes in a 64-bit seed, goes out a verdict. A
 * source whose commits are logged, delivered and visible at three different moments, a target with
 * its ledger, and between them the production classes of {@code protocol} and {@code apply}, driven
 * the way source and sink drive them, with delays, crashes and zombies. See docs/simulation.md.
 *
 * <p>May know {@code protocol}, {@code apply}, {@code database}'s interfaces, {@code change} and
 * {@code schema}: no thread, no clock, no I/O inside of one schedule.
 */
package io.tidemark.simulation;
