/**
 * Where something stands in PostgreSQL's history: a place in the log, a transaction id, which
 * transactions a snapshot contains, and how each is printed. Talks to no server.
 */
package io.tidemark.database.postgres.position;
