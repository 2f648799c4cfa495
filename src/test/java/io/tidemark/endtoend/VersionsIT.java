package io.tidemark.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.demo.Shop;
import io.tidemark.cli.demo.ShopWriters;
import io.tidemark.endtoend.fixture.CopyJob;
import io.tidemark.endtoend.fixture.JobSettings;
import io.tidemark.endtoend.fixture.TestServer;
import io.tidemark.endtoend.fixture.TwoServers;
import io.tidemark.lab.PostgresServer;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every PostgreSQL version that is supported, once as the source and once as the target. */
class VersionsIT {

  private static final Path ARTIFACTS = Path.of("target", "postgres-versions");
  private static final Map<String, String> SETTINGS = Map.of("fsync", "off");

  @ParameterizedTest
  @CsvSource({"14, 15", "15, 16", "16, 18", "18, 14"})
  void copiesAShopUnderWritesBetweenVersions(int from, int to) throws Exception {
    PostgresServer source = PostgresServer.ofVersion(artifact(from), SETTINGS);
    PostgresServer target = PostgresServer.ofVersion(artifact(to), SETTINGS);
    try (TwoServers servers = TwoServers.of(new TestServer(source), new TestServer(target))) {
      TwoServers.Pair pair = servers.pair("shop");
      Shop shop = new Shop(pair.source().spec(pair.name()));
      shop.fill(10_000);
      try (ShopWriters writers = ShopWriters.start(shop, 2, OptionalDouble.of(200));
          CopyJob job = CopyJob.start(JobSettings.of(pair).parallelism(2))) {
        job.awaitConsistent().awaitFinished();
        long before = writers.transactions();
        job.await(
            "200 transactions further on",
            CopyJob.LONG,
            () -> writers.transactions() > before + 200 || writers.failure().isPresent());
        writers.stop();
        assertThat(writers.failure()).isEmpty();
        job.awaitCaughtUp();
        assertThat(pair.compare().findings()).isEmpty();
        assertThat(pair.compare().sourceRows()).isGreaterThan(10_000);
      }
    }
  }

  private static Path artifact(int version) throws IOException {
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(ARTIFACTS, "*-" + version + ".*.jar")) {
      return found.iterator().next();
    }
  }
}
