package io.tidemark.testing;

import io.tidemark.change.Progress;

/** Progress that a test makes up. */
public record PrintedProgress(String printPosition, String printPending) implements Progress {}
