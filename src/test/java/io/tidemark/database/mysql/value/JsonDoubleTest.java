package io.tidemark.database.mysql.value;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class JsonDoubleTest {

  @Property
  void readsBackAsTheSameNumberAndIsNoLongerThanJavas(@ForAll long bits) {
    double value = Double.longBitsToDouble(bits);
    if (Double.isFinite(value)) {
      String printed = JsonDouble.print(value);
      assertThat(Double.parseDouble(printed)).isEqualTo(value);
      assertThat(digits(printed)).isLessThanOrEqualTo(digits(Double.toString(value)));
    }
  }

  private static int digits(String number) {
    String mantissa = number.replaceAll("[eE].*", "").replaceAll("[^0-9]", "");
    return mantissa.replaceAll("^0+", "").replaceAll("0+$", "").length();
  }

  @Example
  void isTheShortestAsTheServers() {
    assertThat(JsonDouble.print(5.684341886080802e-14))
        .isEqualTo("0.00000000000005684341886080802");
    assertThat(JsonDouble.print(2.0E-3)).isEqualTo("0.002");
    assertThat(JsonDouble.print(2e23)).isEqualTo("2e23");
    assertThat(JsonDouble.print(-100)).isEqualTo("-100.0");
  }
}
