/**
 * Compares what is at the source with what is at the target, row by row and byte by byte. In: two
 * databases at rest, or at one position. Out: a report. Knows nothing of how the rows got there.
 */
package io.tidemark.verify;
