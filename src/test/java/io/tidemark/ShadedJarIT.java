package io.tidemark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** What {@code flink run} is given. Runs after the jar has been built. */
class ShadedJarIT {

  private static final Path JAR = Path.of("target", "tidemark.jar");

  @Test
  void startsWithTheJob() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      assertThat(jar.getManifest().getMainAttributes().getValue("Main-Class"))
          .isEqualTo("io.tidemark.job.SubmitJob");
    }
  }

  @Test
  void holdsWhatAClusterLacks() throws IOException {
    assertThat(entries())
        .contains(
            "io/tidemark/job/SubmitJob.class",
            "org/postgresql/Driver.class",
            "com/mysql/cj/jdbc/Driver.class",
            "com/github/shyiko/mysql/binlog/BinaryLogClient.class",
            "org/snakeyaml/engine/v2/api/Load.class");
  }

  @Test
  void holdsNoDatabaseNoTestsAndNothingOfFlink() throws IOException {
    assertThat(entries())
        .noneMatch(entry -> entry.endsWith(".txz") || entry.endsWith(".tar.xz"))
        .noneMatch(entry -> entry.startsWith("io/zonky/"))
        .noneMatch(entry -> entry.startsWith("io/tidemark/cli/demo/"))
        .noneMatch(entry -> entry.startsWith("io/tidemark/lab/"))
        .noneMatch(entry -> entry.startsWith("org/apache/flink/"))
        .noneMatch(entry -> entry.startsWith("org/apache/logging/"))
        .noneMatch(entry -> entry.startsWith("org/slf4j/"))
        .noneMatch(entry -> entry.startsWith("org/junit/") || entry.startsWith("org/assertj/"))
        .noneMatch(entry -> entry.startsWith("io/tidemark/testing/"))
        .noneMatch(entry -> entry.matches("io/tidemark/.*(Test|IT)(\\$.*)?\\.class"));
  }

  private static List<String> entries() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      return jar.stream().map(JarEntry::getName).toList();
    }
  }
}
