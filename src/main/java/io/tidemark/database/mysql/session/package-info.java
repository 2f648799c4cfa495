/**
 * Connections to MySQL and MariaDB: how they are opened, secured, set and marked, which of the two
 * servers it is, how errors are classified, and what is put into SQL. What a stream's source is
 * ({@code StreamSource}) is said here, for every room above.
 */
package io.tidemark.database.mysql.session;
