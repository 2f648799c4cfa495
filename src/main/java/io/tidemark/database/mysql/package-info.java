/**
 * Everything about MySQL and MariaDB: sessions, positions, values, the binary log, the target.
 *
 * <p>Both servers live here; where they differ a small class or {@code Flavour} says so. Rows are
 * in the portable encoding throughout. The drivers and the binary log's raw bytes stay inside.
 */
package io.tidemark.database.mysql;
