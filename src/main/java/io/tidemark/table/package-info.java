/**
 * Tables of Flink SQL: what a user declares becomes a source, and the source's changes become rows.
 *
 * <p>All tables of one database in one statement are read by one source, so that there is one log
 * reader and one consistent copy, however many tables there are: {@link SharedSource}.
 */
@org.jspecify.annotations.NullMarked
package io.tidemark.table;
