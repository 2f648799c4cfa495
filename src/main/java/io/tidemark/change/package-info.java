/**
 * What flows from source to sink: chunks, transactions and heartbeats, with rows in the encoding in
 * which they arrived.
 *
 * <p>Immutable values, and the form in which they leave their process. May know {@code schema}
 * only: positions and snapshots travel in printed form and are opaque here.
 */
package io.tidemark.change;
