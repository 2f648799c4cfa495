/**
 * The tables of a MySQL or MariaDB target: planned from portable terms, made before the copy, and
 * finished after it with indexes and foreign keys.
 */
package io.tidemark.database.mysql.ddl;
