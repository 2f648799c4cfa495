package io.tidemark.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.schema.ValueType;
import io.tidemark.testing.DamagedInput;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CanonicalJsonTest {

  @Test
  void textsThatMeanTheSameBecomeTheSame() {
    for (List<String> same :
        List.of(
            List.of("{\"b\":1,\"a\":[1,2]}", " { \"a\" : [ 1 , 2 ] , \"b\" : 1.0 } "),
            List.of("100", "1e2", "1.00E+2", "100.0"),
            List.of("0", "-0", "0.00", "0e5"),
            List.of("\"A/\\n\"", "\"\\u0041\\/\\u000a\""),
            List.of("{\"a\":2}", "{\"a\":1,\"a\":2}"),
            List.of("[]", "[ ]"),
            List.of("{}", "{ }"))) {
      assertThat(same.stream().map(CanonicalJson::of).distinct()).as(same.get(0)).hasSize(1);
    }
  }

  @Test
  void textsThatMeanSomethingElseStayApart() {
    List<String> different =
        List.of(
            "1",
            "\"1\"",
            "1.0000000000000000000000001",
            "12345678901234567890123",
            "12345678901234567890124",
            "[1]",
            "[[1]]",
            "[1,1]",
            "{}",
            "[]",
            "null",
            "\"null\"",
            "false",
            "{\"a\":null}",
            "{\"a\":{}}",
            "{\"a\":1,\"b\":2}",
            "{\"a\":2,\"b\":1}",
            "[\"a\",\"b\"]",
            "[\"a,b\"]",
            "[\"a\\\",\\\"b\"]",
            "\"\\\\34;\"",
            "\"\\\"\"",
            "\"\"",
            "\"\\u0000\"");
    assertThat(different.stream().map(CanonicalJson::of).distinct()).hasSize(different.size());
  }

  @Test
  void refusesWhatIsNoJson() {
    for (String text : List.of("", "{", "[1", "\"a", "{\"a\"}", "[1 2]", "1 2", "nul", "--1")) {
      assertThatThrownBy(() -> CanonicalJson.of(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void damagedJsonIsRefusedOrReadHoweverDeepOrLarge() {
    DamagedInput reader =
        DamagedInput.of(
            bytes -> CanonicalJson.of(new String(bytes, StandardCharsets.UTF_8)),
            IllegalArgumentException.class);
    String json = "{\"a\": [1.50e3, \"\\u00e4\\n\", {\"b\": null}], \"c\": true}";
    reader.refusesEveryCut(json.getBytes(StandardCharsets.UTF_8));
    assertThat(reader.giveChanges(json.getBytes(StandardCharsets.UTF_8), 5_000, 1).read())
        .isPositive();
    for (String hostile :
        List.of(
            "[".repeat(1_000_000),
            "{\"a\":".repeat(1_000_000),
            "1e999999999",
            "-",
            "1e",
            "\"\\u12")) {
      reader.give(hostile.getBytes(StandardCharsets.UTF_8));
    }
    String deep = "{\"a\":[".repeat(45) + "]}".repeat(45);
    assertThat(reader.give(deep.getBytes(StandardCharsets.UTF_8))).isPresent();
  }

  @Test
  void aValueThatIsNoNumberDiffersAndIsNoError() {
    NormalForm form =
        NormalForm.of(new ValueType.Int(32, false), new ValueType.Text(Long.MAX_VALUE, false));
    for (String value : List.of("a4", "", "1e999999999", "1E-999999999", "0x1", "--1", "١")) {
      byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
      assertThat(DamagedInput.of(input -> form.of(input, 0, input.length)).give(bytes)).isPresent();
    }
  }
}
