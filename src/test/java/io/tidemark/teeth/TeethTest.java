package io.tidemark.teeth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.teeth.Tooth.Bite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Keeps the patches in step with the code; whether the tests fail is what {@code ./teeth} shows.
 */
class TeethTest {

  private static final Path PAGE = Path.of("docs", "tests.md");

  static List<Tooth> teeth() throws IOException {
    return Tooth.all();
  }

  @ParameterizedTest
  @MethodSource("teeth")
  void patchStillFitsTheCode(Tooth tooth) throws IOException {
    for (Map.Entry<String, String> file : tooth.applied().entrySet()) {
      assertThat(file.getValue()).isNotEqualTo(Files.readString(Path.of(file.getKey())));
    }
  }

  @ParameterizedTest
  @MethodSource("teeth")
  void namedTestsAreThere(Tooth tooth) throws ClassNotFoundException {
    for (Bite bite : tooth.bites()) {
      assertThat(ForkedRun.methods(Class.forName(bite.className())))
          .as(bite.test())
          .anyMatch(
              method ->
                  method.getName().equals(bite.method())
                      && AnnotationSupport.isAnnotated(method, Testable.class));
    }
  }

  @Test
  void theDocumentationListsThemAll() throws IOException {
    String page = Files.readString(PAGE);
    for (Tooth tooth : Tooth.all()) {
      assertThat(page).contains(tooth.tableRow());
    }
  }

  @Test
  void aPatchThatFitsNowhereOrTwiceIsRefused() {
    Tooth tooth =
        Tooth.parse(
            "none",
            List.of(
                "Corner: c",
                "Rule: r",
                "Test: teeth.TeethTest#none",
                "--- a/pom.xml",
                "+++ b/pom.xml",
                "@@ -1,1 +1,1 @@",
                "-nothing of the kind",
                "+something"));
    assertThatThrownBy(tooth::applied)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("0 times");
  }
}
