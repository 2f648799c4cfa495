/**
 * Everything about PostgreSQL, as a source and as a target.
 *
 * <p>May know {@code database} and what lies below it. Driver classes and catalog tables stay in
 * here; what comes out are values of {@code schema}, {@code change} and {@code database}.
 */
package io.tidemark.database.postgres;
