/**
 * A PostgreSQL source whose rows and keys are in the portable encoding, for targets of other
 * vendors: each part of the source, with a conversion around it.
 */
package io.tidemark.database.postgres.portable;
