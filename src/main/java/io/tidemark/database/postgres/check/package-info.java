/** Looks a PostgreSQL source, a target and a pair of them over, before anything is touched. */
package io.tidemark.database.postgres.check;
