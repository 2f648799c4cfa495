/**
 * The rows in the binary log: maps of tables, layouts, cells, and whether all of it is what the
 * catalog says.
 */
package io.tidemark.database.mysql.rows;
