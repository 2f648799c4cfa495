/**
 * The interfaces that a database implements to be a source or a target, the values they speak in,
 * and what all of them do alike with these; nothing else.
 *
 * <p>May know {@code schema} and {@code change}. One folder below this one holds everything about
 * one database; the folders do not know each other, and nobody but {@code job} and {@code cli}
 * picks one.
 */
package io.tidemark.database;
