/** What tests of several packages need to get at real servers. */
package io.tidemark.testing;
