/**
 * A proxy before a server that knows where the messages of its protocol begin and end, so that a
 * connection can be cut or held at a moment that is meant.
 */
package io.tidemark.faults.link;
