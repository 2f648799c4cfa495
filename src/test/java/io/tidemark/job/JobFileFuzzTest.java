package io.tidemark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.testing.DamagedInput;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
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

  private static final String VALID =
      """
      name: shop
      source:
        url: jdbc:postgresql://h:5432/a
        user: u
        password: '${env:P}'
        tables: [public.*, '!public.x']
        columns: {public.t: [a, b]}
        where: {public.t: a > 1}
      target: {url: 'jdbc:mysql://h/b', user: u, password: p, existing: truncate}
      rename: {schemas: {public: shop}, tables: {'public."T.u"': s.t}}
      copy: {cycle: 60s, chunk-rows: 1000, parallelism: 2, log-limit: 8GB}
      checkpoint: {interval: 10s, directory: 'file:///tmp/c'}
      """;

  private static final DamagedInput READER =
      DamagedInput.of(
          bytes -> {
            String text = new String(bytes, StandardCharsets.UTF_8);
            return JobFile.parse("x", text, name -> "secret", Path.of("/nowhere"));
          },
          JobFileException.class);

  @Example
  void aDamagedFileIsAJobOrRefused() {
    DamagedInput.Tally tally = READER.giveChanges(VALID.getBytes(StandardCharsets.UTF_8), 3_000, 1);
    assertThat(READER.give(VALID.getBytes(StandardCharsets.UTF_8))).isPresent();
    assertThat(tally.refused()).isPositive();
    assertThat(tally.read()).isPositive();
  }

  /** Aliases that would multiply, depth, names and values of a size that nobody needs. */
  @Example
  void hostileFilesAreRefusedInLittleTime() {
    StringBuilder laughs = new StringBuilder("name: shop\na0: &a0 [x]\n");
    for (int i = 1; i < 40; i++) {
      laughs.append("a%d: &a%d [*a%d, *a%d, *a%d]\n".formatted(i, i, i - 1, i - 1, i - 1));
    }
    String large = "x".repeat(300_000);
    String quotes = "\"" + "a".repeat(100_000) + "\"";
    for (String text :
        List.of(
            laughs + "source: *a39\ntarget: {url: *a39}\n",
            "source: &a\n  columns: *a\n  url: *a\n  where: *a\n",
            "&a [*a]",
            "[".repeat(500_000),
            "{a: ".repeat(200_000),
            "- ".repeat(400_000),
            "? ".repeat(400_000),
            "name: " + "'".repeat(1_000_001),
            "x".repeat(3_000_000),
            large + ": 1\n",
            VALID.replace("public.t: [a, b]", "'" + quotes + "." + quotes + "': [a]"),
            VALID.replace("public.t: [a, b]", "? '" + quotes + "." + quotes + "'\n: [a]"),
            VALID.replace("public.*", "p" + "*a".repeat(20) + ".t"),
            VALID.replace("${env:P}", "${".repeat(200_000)),
            VALID.replace("jdbc:mysql://h/b", "jdbc:mysql://" + "a,".repeat(200_000)),
            VALID.replace("60s", "9".repeat(300_000) + "s"),
            VALID.replace("name: shop", "name: " + large),
            VALID.replace("truncate", large),
            VALID.replace("file:///tmp/c", large))) {
      READER.give(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** A table's name may be long, or hold every character. */
  @Example
  void longTableNamesAreRead() {
    String part = "a\"\"".repeat(20_000);
    assertThat(TableName.parse("\"" + part + "\".\"" + part + "\"")).isPresent();
    assertThat(TableName.parse("\"" + part + "\".\"" + part)).isEmpty();
    assertThat(TableName.parse("a".repeat(100_000) + "." + "b".repeat(100_000))).isPresent();
  }

  @Example
  void filesWithoutEndAndOfEnormousSizeAreRefused() throws IOException {
    Path directory = Files.createTempDirectory("jobs");
    Path large = directory.resolve("large.yaml");
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(20L << 30); // sparse
    }
    DamagedInput reader =
        DamagedInput.of(
            path -> JobFile.read(Path.of(new String(path, StandardCharsets.UTF_8))),
            JobFileException.class);
    for (Path path : List.of(large, Path.of("/dev/zero"), directory)) {
      assertThat(reader.give(path.toString().getBytes(StandardCharsets.UTF_8))).isEmpty();
    }
    assertThatThrownBy(() -> JobFile.read(large)).hasMessageContaining("too large");
    Files.delete(large);
    Files.delete(directory);
  }

  private static void check(String text) {
    try {
      assertThat(JobFile.parse("x", text, name -> null, Path.of("/nowhere")).name()).isNotEmpty();
    } catch (JobFileException e) {
      assertThat(e.problems()).isNotEmpty();
    }
  }
}
