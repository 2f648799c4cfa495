/**
 * Faults of every kind, in the copy and in the stream, on a real cluster between real servers: one
 * by one in {@code FaultContract}, and mixed by seed in {@code Soak}.
 */
package io.tidemark.faults;
