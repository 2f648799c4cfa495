/** Tidemark: copies a live database into another one without stopping writes. */
package io.tidemark;
