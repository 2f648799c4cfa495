/**
 * Rows on their way into a PostgreSQL target: chunks by COPY, changes as array-bound statements,
 * values of other vendors turned into its own, and failures explained by row and column.
 */
package io.tidemark.database.postgres.write;
