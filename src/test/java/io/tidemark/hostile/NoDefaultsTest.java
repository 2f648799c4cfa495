package io.tidemark.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a server calls its default is whatever somebody has set there. */
class NoDefaultsTest {

  private static final Pattern TO_A_DEFAULT =
      Pattern.compile("(?i)(=|\\bTO) *DEFAULT\\b|\\bRESET (ALL|[a-z_]+\")");

  /** What a person is told to set back. */
  private static final Pattern ADVICE = Pattern.compile("SET (GLOBAL|PERSIST)");

  @Test
  void noStatementOfOursSetsAVariableToADefault() throws IOException {
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java/io/tidemark/database"))) {
      List<String> found =
          sources
              .filter(path -> path.toString().endsWith(".java"))
              .flatMap(NoDefaultsTest::lines)
              .filter(line -> TO_A_DEFAULT.matcher(line).find())
              .filter(line -> !ADVICE.matcher(line).find())
              .toList();
      assertThat(found).isEmpty();
    }
  }

  @Test
  void oneThatDidWouldBeFound() {
    assertThat(TO_A_DEFAULT.matcher("\"SET SESSION sql_select_limit = DEFAULT, a = 1\"").find())
        .isTrue();
    assertThat(TO_A_DEFAULT.matcher("\"SET DateStyle TO DEFAULT\"").find()).isTrue();
  }

  /** What is in quotes, on the lines that are no comments. */
  private static Stream<String> lines(Path path) {
    try {
      return Files.readAllLines(path).stream()
          .filter(line -> line.contains("\"") && !line.strip().startsWith("*"))
          .filter(line -> !line.strip().startsWith("//"))
          .map(line -> path.getFileName() + ": " + line);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
