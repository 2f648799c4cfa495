/** Servers whose every setting is one that nobody would choose, and what the job makes of them. */
package io.tidemark.hostile;
