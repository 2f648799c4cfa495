/**
 * What a comparison of two PostgreSQL databases reads of one of them: rows as PostgreSQL prints
 * them, to the byte. In: a database. Out: a {@link io.tidemark.database.TableReader}.
 */
package io.tidemark.database.postgres.compare;
