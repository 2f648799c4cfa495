package io.tidemark.database.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.change.Key;
import io.tidemark.testing.DamagedInput;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Keys in the ledger: what is read is what was written, and anything else is refused. */
class KeyTextTest {

  private final DamagedInput reader =
      DamagedInput.of(
          bytes -> KeyText.parse(new String(bytes, StandardCharsets.UTF_8)),
          IllegalArgumentException.class);

  /** What the JSON library takes to be loaded is no part of what an input costs. */
  @BeforeAll
  static void loadLibrary() {
    KeyText.parse(KeyText.print(new Key(List.of("a"))));
  }

  @Property(tries = 1_000)
  void readsWhatItPrints(@ForAll @NotEmpty List<String> values) {
    Key key = new Key(values);
    assertThat(KeyText.parse(KeyText.print(key))).isEqualTo(key);
  }

  /** A key in the ledger is found by its text, which must be the same in every version. */
  @Test
  void aKeyHasOneText() {
    StringBuilder low = new StringBuilder();
    for (char c = 0; c <= ' '; c++) {
      low.append(c);
    }
    assertThat(
            KeyText.print(new Key(List.of(low.toString(), "/\"\\'\u007f\u2028üß\ud83d\ude00", ""))))
        .isEqualTo(
            "[\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000B\\f\\r\\u000E\\u000F"
                + "\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017"
                + "\\u0018\\u0019\\u001A\\u001B\\u001C\\u001D\\u001E\\u001F \","
                + "\"/\\\"\\\\'\u007f\u2028üß\ud83d\ude00\",\"\"]");
    assertThat(KeyText.parse(" [ \"\\u00fc\\/\" ,\n\"b\" ] "))
        .isEqualTo(new Key(List.of("ü/", "b")));
  }

  @Test
  void damagedKeysAreRefusedOrRead() {
    byte[] key =
        KeyText.print(new Key(List.of("5", "a\"b\\", "ü", ""))).getBytes(StandardCharsets.UTF_8);
    reader.refusesEveryCut(key);
    assertThat(reader.giveChanges(key, 5_000, 1).refused()).isPositive();
  }

  @Test
  void whatNobodyPrintsIsRefused() {
    for (String text :
        List.of(
            "",
            "null",
            "[]",
            "[null]",
            "[1]",
            "[true]",
            "[[\"a\"]]",
            "{\"a\":\"b\"}",
            "\"a\"",
            "[\"a\"] x",
            "[\"a\"][\"b\"]",
            "[\"a\",]",
            "[\"a\" \"b\"]",
            "[\"a\nb\"]",
            "[\"\\x\"]",
            "[\"\\u00\"]",
            "[\"\\u00g0\"]",
            "[".repeat(1_000_000))) {
      assertThat(reader.give(text.getBytes(StandardCharsets.UTF_8))).as(text).isEmpty();
    }
  }
}
