/** Looks a MySQL or MariaDB source or target over, before anything is touched. */
package io.tidemark.database.mysql.check;
