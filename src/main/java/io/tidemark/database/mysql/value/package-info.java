/**
 * Values as the binary log writes them, turned into the portable encoding: numbers, times, text,
 * JSON and its differences. Talks to no server.
 */
package io.tidemark.database.mysql.value;
