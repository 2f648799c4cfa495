/**
 * The order of keys as the server sees it: conditions on ranges, boundaries of chunks, and what of
 * that may be decided without asking it.
 */
package io.tidemark.database.mysql.key;
