package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;

class EmbeddedFlinkIT {

  @Test
  void runsAJobWithADashboardUntilItIsCancelled() throws Exception {
    Configuration configuration = EmbeddedFlink.configuration(0);
    try (EmbeddedFlink flink = start(configuration, new Slow())) {
      URI dashboard = flink.dashboard();
      assertThat(dashboard.getHost()).isEqualTo("127.0.0.1");
      HttpResponse<String> page =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(dashboard.resolve("/index.html")).build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(flink.awaitEnd(Duration.ofMillis(200))).isFalse();
      assertThat(flink.latestFailure()).isEmpty();
      assertThat(flink.cancel(Duration.ofSeconds(20))).isTrue();
      assertThat(flink.status()).isEqualTo(JobStatus.CANCELED);
      assertThat(flink.fatalFailure()).isEmpty();
    }
  }

  @Test
  void tellsWhyAJobFailed() throws Exception {
    Configuration configuration = EmbeddedFlink.configuration(0);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    try (EmbeddedFlink flink = start(configuration, new Failing())) {
      assertThat(flink.awaitEnd(Duration.ofSeconds(30))).isTrue();
      assertThat(flink.fatalFailure().map(RootCause::of)).contains("the value is 0");
      assertThat(flink.latestFailure().map(failure -> RootCause.of(failure.cause())))
          .contains("the value is 0");
    }
  }

  private static EmbeddedFlink start(Configuration configuration, MapFunction<Long, Long> map)
      throws InterruptedException {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(1);
    environment.fromSequence(0, Long.MAX_VALUE).map(map).sinkTo(new DiscardingSink<>());
    return EmbeddedFlink.start(configuration, environment);
  }

  private static final class Slow implements MapFunction<Long, Long> {
    private static final long serialVersionUID = 1L;

    @Override
    public Long map(Long value) throws InterruptedException {
      Thread.sleep(1);
      return value;
    }
  }

  private static final class Failing implements MapFunction<Long, Long> {
    private static final long serialVersionUID = 1L;

    @Override
    public Long map(Long value) {
      throw new IllegalStateException("the value is " + value);
    }
  }
}
