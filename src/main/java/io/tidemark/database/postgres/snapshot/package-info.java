/** Consistent reads of a PostgreSQL source: sessions, exported snapshots, chunks by COPY. */
package io.tidemark.database.postgres.snapshot;
