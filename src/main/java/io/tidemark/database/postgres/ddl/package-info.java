/**
 * The tables of a PostgreSQL target: made before the copy, and finished after it with indexes,
 * constraints, identities and sequences.
 */
package io.tidemark.database.postgres.ddl;
