/**
 * Rows on their way into a MySQL or MariaDB target: chunks by LOAD DATA, changes as joint
 * statements, what a column can hold, and failures explained by row and column.
 */
package io.tidemark.database.mysql.write;
