/** What tests of several packages share. */
package io.tidemark.testing;
