/** Streams that a former Tidemark has left, gone on with by this one. */
package io.tidemark.upgrade;
