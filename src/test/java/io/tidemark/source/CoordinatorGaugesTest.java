package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;

class CoordinatorGaugesTest {

  /** As Flink has it: a name is given once, and what comes later under it is not shown. */
  private static final class Metrics extends UnregisteredMetricsGroup {
    private final Map<String, Gauge<?>> gauges = new HashMap<>();

    @Override
    public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
      assertThat(gauges.putIfAbsent(name, gauge)).as("Name collision of %s", name).isNull();
      return gauge;
    }

    private long value(String name) {
      return (Long) gauges.get(name).getValue();
    }
  }

  private record At(long copyCycle, long logBytesBehind) implements CoordinatorGauges.Shown {}

  @Test
  void showsTheCoordinatorThatCameLast() {
    Metrics metrics = new Metrics();
    CoordinatorGauges gauges = new CoordinatorGauges();
    gauges.show(new At(3, 700), metrics);
    assertThat(metrics.value("copyCycle")).isEqualTo(3);
    gauges.show(new At(1, 20), metrics);
    assertThat(metrics.value("copyCycle")).isEqualTo(1);
    assertThat(metrics.value("logBytesBehind")).isEqualTo(20);
  }
}
