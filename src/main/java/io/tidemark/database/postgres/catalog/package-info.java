/**
 * What PostgreSQL's catalog says of tables, types, keys, sequences and constraints, in its own
 * terms and in portable ones. Reads, and changes nothing.
 */
package io.tidemark.database.postgres.catalog;
