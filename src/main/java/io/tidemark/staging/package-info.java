/**
 * What a sink of rows from anywhere asks of a database: rows are staged there while they come, and
 * those of a checkpoint become visible in one transaction.
 *
 * <p>{@code docs/protocol.md} has the argument why each row is there exactly once.
 */
@org.jspecify.annotations.NullMarked
package io.tidemark.staging;
