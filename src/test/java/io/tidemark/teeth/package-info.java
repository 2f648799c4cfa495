/**
 * Shows that tests would notice the loss of what they protect: rules of the production code are
 * switched off one at a time, by the patches of {@code src/test/teeth}, and a named test has to
 * fail then. {@code ./teeth} runs this.
 */
package io.tidemark.teeth;
