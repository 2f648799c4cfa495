/**
 * The interfaces that a database implements to be a source or a target, the values they speak in,
 * and what all of them do alike with these; nothing else.
 *
 * <p>May know {@code schema} and {@code change}; neither SQL nor JDBC. One folder below this one
 * holds everything about one database; the folders do not know each other, and nobody but {@code
 * job} and {@code cli} picks one. What some of them share is in {@code jdbc}, which only they know.
 */
package io.tidemark.database;
