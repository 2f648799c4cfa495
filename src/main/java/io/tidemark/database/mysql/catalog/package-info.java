/**
 * What the catalog says of tables, columns, types, keys and foreign keys, in the server's terms and
 * in portable ones. Reads, and changes nothing.
 */
package io.tidemark.database.mysql.catalog;
