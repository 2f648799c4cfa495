/**
 * Compares what is at the source with what is at the target, row by row. In: a consistent read of
 * each of two databases that are at rest, or at one position. Out: a report. Knows nothing of
 * vendors, nor of how the rows got there.
 */
package io.tidemark.verify;
