/**
 * Where something stands in the history of MySQL or MariaDB: GTID sets, places in log files, what a
 * snapshot contains for certain and perhaps. Talks to no server.
 */
package io.tidemark.database.mysql.position;
