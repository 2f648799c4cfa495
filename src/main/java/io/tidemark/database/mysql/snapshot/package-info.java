/**
 * Consistent reads of a MySQL or MariaDB source, and what each is known to contain: under a short
 * lock, between two looks at what was committed, or as MariaDB says itself.
 */
package io.tidemark.database.mysql.snapshot;
