/**
 * What a table is, for every database: its name, its columns and its key.
 *
 * <p>Values only; knows nothing else of Tidemark.
 */
package io.tidemark.schema;
