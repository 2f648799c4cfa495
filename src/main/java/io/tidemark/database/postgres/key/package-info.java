/**
 * The order of keys as PostgreSQL sees it: conditions on ranges, boundaries of chunks, and what of
 * that may be decided without asking the server.
 */
package io.tidemark.database.postgres.key;
