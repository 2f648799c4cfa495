/**
 * Connections to PostgreSQL: how they are opened, named and set, how errors are classified, and
 * what is put into SQL. What a stream's source and target are ({@code StreamSource}, {@code
 * StreamTarget}) is said here, for every room above.
 */
package io.tidemark.database.postgres.session;
