/**
 * What a job says about its databases: where they are, what is selected there, what it is called at
 * the target, and what is to become of what does not fit. Values, checked when they are made.
 */
package io.tidemark.settings;
