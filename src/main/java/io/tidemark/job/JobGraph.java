package io.tidemark.job;

/** Source and sink as one Flink graph. */
public final class JobGraph {

  /** More readers than this, and one source server is the bottleneck anyway. */
  static final int MAX_PARALLELISM = 1024;

  private JobGraph() {}
}
