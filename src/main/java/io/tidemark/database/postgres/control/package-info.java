/**
 * The coordinator's side of a PostgreSQL source: begins and resumes the log, asks what is visible,
 * ends former sessions, and removes what a stream leaves.
 */
package io.tidemark.database.postgres.control;
