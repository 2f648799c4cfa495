/**
 * The whole job between real servers: what starts it, what writes to its source meanwhile, and what
 * watches the target.
 */
package io.tidemark.endtoend;
