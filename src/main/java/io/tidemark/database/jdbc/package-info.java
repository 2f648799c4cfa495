/**
 * What the databases that are reached by JDBC have in common: statements on a connection, and the
 * ledger in SQL tables.
 *
 * <p>May know {@code schema}, {@code change} and the interfaces of {@code database}, and, of {@code
 * apply}, who may claim a stream; no particular database. Only the folders of such databases know
 * it.
 */
package io.tidemark.database.jdbc;
