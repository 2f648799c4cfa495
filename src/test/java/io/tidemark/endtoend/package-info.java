/** The whole job between real servers. */
package io.tidemark.endtoend;
