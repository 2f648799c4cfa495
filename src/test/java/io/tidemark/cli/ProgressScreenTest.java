package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.StreamProgress.TableProgress;
import io.tidemark.schema.TableId;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProgressScreenTest {

  private static final Instant START = Instant.parse("2024-01-01T00:00:00Z");

  @Test
  void showsEachTableWithRateAndTimeLeft() {
    ProgressScreen screen = new ProgressScreen(10);
    screen.add(copying(0, table("a", 0, 10_000, false), table("b", 0, 0, false)));
    StreamProgress now =
        copying(4, table("a", 4_000, 10_000, false), table("b", 1_234_567, 0, true));
    screen.add(now);
    assertThat(screen.block(now, 100))
        .containsExactly(
            "table      rows copied      of about     %      rows/s  time left",
            "public.a         4,000        10,000   40%       1,000       6.0s",
            "public.b     1,234,567     1,234,567  100%           -     copied",
            "copying   1,238,567 of about 1,244,567 rows   309,642 rows/s   0.0s left",
            "copy cycle 3   log lag 1.5 MB, 2.0s");
  }

  @Test
  void saysHowFarTheStreamIsInOneLine() {
    ProgressScreen screen = new ProgressScreen(10);
    StreamProgress copied = copying(0, table("a", 10, 10, true));
    screen.add(copied);
    assertThat(screen.line(copied))
        .isEqualTo("copied, catching up   10 rows copied   copy cycle 3   log lag 1.5 MB, 2.0s");
    StreamProgress streaming =
        new StreamProgress(
            START, copied.tables(), 3, Optional.of(100L), Optional.empty(), true, true);
    screen.add(streaming);
    assertThat(screen.line(streaming))
        .isEqualTo(
            "consistent, indexes built, streaming   10 rows copied   copy cycle 3   log lag 100 B");
  }

  @Test
  void saysThatRowsAreToBeCopiedAgain() {
    ProgressScreen screen = new ProgressScreen(10);
    StreamProgress copied = copying(0, table("a", 10, 10, true));
    StreamProgress again =
        new StreamProgress(
            START,
            copied.tables(),
            3,
            Optional.of(100L),
            Optional.empty(),
            false,
            false,
            19_060,
            Map.of(),
            List.of());
    screen.add(again);
    assertThat(screen.line(again))
        .isEqualTo(
            "copied, 19,060 rows to be copied again   10 rows copied   copy cycle 3   log lag 100"
                + " B");
  }

  @Test
  void collapsesToTheBusiestTables() {
    ProgressScreen screen = new ProgressScreen(2);
    screen.add(many(0));
    StreamProgress now = many(2);
    screen.add(now);
    List<String> block = screen.block(now, 120);
    assertThat(block).hasSize(6);
    assertThat(block.get(1)).startsWith("public.t18 ");
    assertThat(block.get(2)).startsWith("public.t19 ");
    assertThat(block.get(3)).isEqualTo("… and 18 more tables; 1 of 20 are done");
  }

  @Test
  void neverClaimsAllOfATableThatIsNotComplete() {
    assertThat(table("a", 100, 100, false).percent()).isEqualTo(99);
    assertThat(table("a", 200, 100, false).percent()).isEqualTo(99);
    assertThat(table("a", 0, 0, false).percent()).isZero();
    assertThat(table("a", 0, 0, true).percent()).isEqualTo(100);
  }

  @Test
  void drawsInPlaceOnATerminalAndBelowWhatWasSaid() {
    StringWriter printed = new StringWriter();
    Terminal terminal = new Terminal(new PrintWriter(printed), true);
    ProgressScreen screen = new ProgressScreen(10);
    terminal.show(copying(0, table("a", 0, 10, false)), screen);
    terminal.say("hello");
    terminal.show(copying(1, table("a", 5, 10, false)), screen);
    assertThat(printed.toString().split("\u001b\\[4A\u001b\\[0J", -1)).hasSize(2);
    assertThat(printed.toString()).contains("\u001b[0Jhello" + System.lineSeparator() + "table");
  }

  @Test
  void printsALineNowAndThenWhereThereIsNoTerminal() {
    StringWriter printed = new StringWriter();
    Terminal terminal = new Terminal(new PrintWriter(printed), false);
    ProgressScreen screen = new ProgressScreen(10);
    for (int second = 0; second <= 10; second++) {
      terminal.show(copying(second, table("a", second, 100, false)), screen);
    }
    assertThat(printed.toString().lines()).hasSize(3);
    assertThat(printed.toString()).doesNotContain("\u001b");
  }

  @Test
  void printsQuantitiesAsPeopleReadThem() {
    assertThat(Units.bytes(0)).isEqualTo("0 B");
    assertThat(Units.bytes(1023)).isEqualTo("1023 B");
    assertThat(Units.bytes(1536)).isEqualTo("1.5 KB");
    assertThat(Units.bytes(20L << 30)).isEqualTo("20 GB");
    assertThat(Units.duration(Duration.ofMillis(1250))).isEqualTo("1.3s");
    assertThat(Units.duration(Duration.ofSeconds(45))).isEqualTo("45s");
    assertThat(Units.duration(Duration.ofSeconds(200))).isEqualTo("3m 20s");
    assertThat(Units.duration(Duration.ofMinutes(125))).isEqualTo("2h 05m");
  }

  @Test
  void explainsAFailureInOurOwnWords() {
    assertThat(RootCause.of(new RuntimeException("a", new IllegalStateException("b"))))
        .isEqualTo("b");
    assertThat(
            RootCause.of(
                new RuntimeException(
                    "Flink",
                    new io.tidemark.database.DatabaseException(
                        io.tidemark.database.DatabaseException.Kind.FATAL,
                        "the slot is gone",
                        new java.io.IOException("driver")))))
        .isEqualTo("the slot is gone");
    assertThat(RootCause.of(new OutOfMemoryError())).isEqualTo("java.lang.OutOfMemoryError");
  }

  private static StreamProgress many(int second) {
    return copying(
        second,
        IntStream.range(0, 20)
            .mapToObj(i -> table("t" + i, (long) i * second * 10, 100_000, i == 0))
            .toArray(TableProgress[]::new));
  }

  private static TableProgress table(String name, long copied, long estimated, boolean complete) {
    return new TableProgress(new TableId("public", name), copied, estimated, complete);
  }

  private static StreamProgress copying(int second, TableProgress... tables) {
    return new StreamProgress(
        START.plusSeconds(second),
        List.of(tables),
        3,
        Optional.of(1_572_864L),
        Optional.of(Duration.ofSeconds(2)),
        false,
        false);
  }
}
