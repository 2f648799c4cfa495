package io.tidemark.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever a file holds, it is a job or a {@link JobFileException} with at least one problem. */
class JobFileFuzzTest {

  private static final List<String> PIECES =
      List.of(
          "name",
          "source",
          "target",
          "url",
          "user",
          "password",
          "tables",
          "columns",
          "where",
          "rename",
          "schemas",
          "copy",
          "cycle",
          "chunk-rows",
          "log-limit",
          "checkpoint",
          "directory",
          "interval",
          ": ",
          ":",
          "\n",
          "\n  ",
          "\n    ",
          "- ",
          "[",
          "]",
          "{",
          "}",
          ",",
          "\"",
          "'",
          "*",
          "&a",
          "*a",
          "!",
          "!!map",
          "|",
          ">",
          "#",
          "%YAML 1.3\n",
          "---\n",
          "...",
          "?",
          "<<",
          "${env:",
          "${file:",
          "${",
          "$${",
          "}",
          "\0",
          "\t",
          "é",
          "\ud83d",
          "jdbc:postgresql://",
          "a/b",
          "public.orders",
          "null",
          "~",
          "99999999999999999999",
          "8GB",
          "60s",
          "shop",
          "file:///x");

  @Property(tries = 3000)
  void takesAnyPieces(@ForAll("pieces") String text) {
    check(text);
  }

  @Property(tries = 1000)
  void takesAnyText(@ForAll String text) {
    check(text);
  }

  @Property(tries = 1000)
  void takesAnyValue(@ForAll("pieces") String value) {
    check("name: x\nsource: " + value + "\ntarget: {url: " + value + "}\ncopy: {cycle: 1s}\n");
  }

  @Provide
  Arbitrary<String> pieces() {
    return Arbitraries.of(PIECES).list().ofMaxSize(60).map(list -> String.join("", list));
  }

  private static void check(String text) {
    try {
      assertThat(JobFile.parse("x", text, name -> null, Path.of("/nowhere")).name()).isNotEmpty();
    } catch (JobFileException e) {
      assertThat(e.problems()).isNotEmpty();
    }
  }
}
