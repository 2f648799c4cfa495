/**
 * The coordinator's side of a MySQL or MariaDB source: where the log begins, whether it is there to
 * go on, what is visible, and which former sessions are to end.
 */
package io.tidemark.database.mysql.control;
