/**
 * Single values: PostgreSQL's text form of them, and the portable encoding that every vendor
 * shares. Pure; knows {@code schema} only, and neither connections nor rows.
 */
package io.tidemark.database.postgres.value;
