package io.tidemark.source;

import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;

/**
 * What Flink shows of the coordinator. After a fail-over there is a new one within the same group
 * of metrics, in which a name can be given once: the gauges are registered once and show whichever
 * came last. May be read by any thread.
 */
final class CoordinatorGauges {

  /** What a coordinator shows. Asked by any thread. */
  interface Shown {
    /** The current copy cycle; 0 before the first. */
    long copyCycle();

    /** How many bytes of log lie before the log reader, as of the last look. */
    long logBytesBehind();
  }

  private volatile @Nullable Shown latest;
  private boolean registered;

  /**
   * Shows {@code coordinator} from now on, in the place of the one before.
   *
   * @param metrics the same each time
   */
  synchronized void show(Shown coordinator, MetricGroup metrics) {
    latest = coordinator;
    if (!registered) {
      registered = true;
      metrics.gauge("copyCycle", this::copyCycle);
      metrics.gauge("logBytesBehind", this::logBytesBehind);
    }
  }

  private Long copyCycle() {
    Shown shown = latest;
    return shown == null ? 0L : shown.copyCycle();
  }

  private Long logBytesBehind() {
    Shown shown = latest;
    return shown == null ? 0L : shown.logBytesBehind();
  }
}
