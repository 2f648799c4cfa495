package io.tidemark.database.mysql.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonNumbersTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[1, -2.5, 1e300, 0.1234567890123]",
        "{\"a\": 18446744073709551615, \"b\": -9223372036854775808}",
        "{\"123456789012345678901234567890\": \"\\\"123456789012345678901234567890\"}",
        "[1.7976931348623157E308, 0.30000000000000004, 4.9E-324]",
        "true"
      })
  void whatTheTypeKeepsIsNoProblem(String json) {
    assertThat(problem(json)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "18446744073709551616",
        "[1, -9223372036854775809]",
        "{\"a\": 0.1234567890123456789}",
        "[\"x\", 1.00000000000000000001]",
        "1.7976931348623157E3080"
      })
  void whatItWouldChangeIs(String json) {
    assertThat(problem(json)).isNotEmpty();
  }

  private static String problem(String json) {
    byte[] bytes = ("xx" + json).getBytes(StandardCharsets.UTF_8);
    return JsonNumbers.problem(bytes, 2, bytes.length - 2);
  }
}
