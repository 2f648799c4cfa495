package io.tidemark;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.BuiltJars;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/**
 * What {@code flink run} is given, and what Flink's {@code lib/}. Runs after the jars have been
 * built.
 */
class ShadedJarIT {

  /** Where classes may be in both jars, and what the notice calls them. */
  private static final Map<String, String> IN_BOTH =
      Map.of(
          "io/tidemark/", "Tidemark",
          "org/postgresql/", "org.postgresql:postgresql",
          "com/mysql/", "com.mysql:mysql-connector-j",
          "com/github/luben/zstd/", "com.github.luben:zstd-jni");

  /** What has another name in the jar for {@code lib/}. */
  private static final Map<String, String> RELOCATED =
      Map.of(
          "com/github/shyiko/mysql/", "com.zendesk:mysql-binlog-connector-java",
          "com/fasterxml/jackson/core/", "com.fasterxml.jackson.core:jackson-core",
          "org/snakeyaml/engine/", "org.snakeyaml:snakeyaml-engine",
          "org/jspecify/annotations/", "org.jspecify:jspecify",
          "org/checkerframework/", "org.checkerframework:checker-qual");

  private static final Map<String, String> COMMAND_LINE =
      Map.of("picocli/", "info.picocli:picocli");

  private static final String SHADED = "io/tidemark/shaded/";

  @Test
  void startsWithTheJob() throws IOException {
    assertThat(manifest(BuiltJars.forFlinkRun()).getValue("Main-Class"))
        .isEqualTo("io.tidemark.job.SubmitJob");
    assertThat(manifest(BuiltJars.forLib()).getValue("Main-Class")).isNull();
  }

  @Test
  void isThereUnderTheNameOfItsVersions() throws IOException {
    assertThat(Files.mismatch(BuiltJars.forFlinkRun(), BuiltJars.forFlinkRunByName()))
        .isEqualTo(-1);
  }

  @Test
  void holdsWhatAClusterLacks() throws IOException {
    assertThat(entries(BuiltJars.forFlinkRun()))
        .contains(
            "io/tidemark/job/SubmitJob.class",
            "io/tidemark/table/TidemarkCatalog.class",
            "org/postgresql/Driver.class",
            "com/mysql/cj/jdbc/Driver.class",
            "com/github/shyiko/mysql/binlog/BinaryLogClient.class",
            "org/snakeyaml/engine/v2/api/Load.class");
    assertThat(entries(BuiltJars.forLib()))
        .contains(
            "io/tidemark/table/TidemarkCatalog.class",
            "org/postgresql/Driver.class",
            "com/mysql/cj/jdbc/Driver.class",
            SHADED + "com/github/shyiko/mysql/binlog/BinaryLogClient.class")
        .noneMatch(entry -> entry.startsWith("io/tidemark/cli/"));
  }

  /**
   * A cluster's own classes, and those of every other job of it, are in one class path with lib/.
   */
  @Test
  void holdsOnlyClassesThatAreKnown() throws IOException {
    assertThat(classes(BuiltJars.forFlinkRun()))
        .allMatch(entry -> of(entry, IN_BOTH) || of(entry, RELOCATED) || of(entry, COMMAND_LINE))
        .noneMatch(entry -> entry.startsWith(SHADED));
    assertThat(classes(BuiltJars.forLib()))
        .allMatch(entry -> of(entry, IN_BOTH))
        .filteredOn(entry -> entry.startsWith(SHADED))
        .allMatch(entry -> of(entry.substring(SHADED.length()), RELOCATED));
  }

  @Test
  void isFoundByFlinkAndByJdbc() throws IOException {
    for (Path jar : List.of(BuiltJars.forFlinkRun(), BuiltJars.forLib())) {
      assertThat(text(jar, "META-INF/services/java.sql.Driver").lines())
          .contains("org.postgresql.Driver", "com.mysql.cj.jdbc.Driver");
      assertThat(text(jar, "META-INF/services/org.apache.flink.table.factories.Factory").lines())
          .containsExactlyElementsOf(
              Files.readAllLines(
                  Path.of(
                      "src/main/resources/META-INF/services",
                      "org.apache.flink.table.factories.Factory")));
      List<String> entries = entries(jar);
      for (String service : entries) {
        if (service.matches("META-INF/services/.+")) {
          assertThat(text(jar, service).lines().filter(line -> !line.isBlank()))
              .as(service)
              .allMatch(name -> entries.contains(name.replace('.', '/') + ".class"));
        }
      }
    }
  }

  @Test
  void bringsTheLicencesOfWhatIsInIt() throws IOException {
    Map<String, String> all = new LinkedHashMap<>(IN_BOTH);
    all.putAll(RELOCATED);
    all.putAll(COMMAND_LINE);
    for (Path jar : List.of(BuiltJars.forFlinkRun(), BuiltJars.forLib())) {
      assertThat(text(jar, "META-INF/NOTICE"))
          .contains(all.values())
          .contains("Jackson JSON processor");
      assertThat(text(jar, "META-INF/LICENSE"))
          .contains("Apache License", "PostgreSQL Global Development Group");
      assertThat(text(jar, "META-INF/LICENSE.txt")).contains("Checker Framework");
      assertThat(text(jar, "META-INF/licenses/zstd-jni")).contains("Luben Karavelov");
      assertThat(text(jar, "META-INF/licenses/zstd")).contains("Zstandard");
      assertThat(text(jar, "LICENSE")).contains("MySQL Connector/J");
      assertThat(entries(jar))
          .contains("META-INF/FastDoubleParser-LICENSE", "META-INF/Schubfach-LICENSE");
    }
  }

  @Test
  void holdsNoDatabaseNoTestsAndNothingOfFlink() throws IOException {
    for (Path jar : List.of(BuiltJars.forFlinkRun(), BuiltJars.forLib())) {
      assertThat(entries(jar))
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
  }

  private static boolean of(String entry, Map<String, String> known) {
    return known.keySet().stream().anyMatch(entry::startsWith);
  }

  private static List<String> classes(Path jar) throws IOException {
    return entries(jar).stream().filter(entry -> entry.endsWith(".class")).toList();
  }

  private static List<String> entries(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().map(JarEntry::getName).toList();
    }
  }

  private static Attributes manifest(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.getManifest().getMainAttributes();
    }
  }

  private static String text(Path jar, String entry) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      assertThat(file.getEntry(entry)).as(entry + " of " + jar).isNotNull();
      return new String(
          file.getInputStream(file.getEntry(entry)).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
