/**
 * The write-ahead log as the logical decoder hands it out: slot, publication, messages, layouts of
 * relations, row filters, and what the log does not tell of partitions.
 */
package io.tidemark.database.postgres.log;
