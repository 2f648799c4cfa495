package io.tidemark.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.schema.ValueType;
import org.junit.jupiter.api.Test;

class ColumnFitTest {

  private static final ValueType ANY_TEXT = new ValueType.Text(Integer.MAX_VALUE, false);

  @Test
  void aLongTextKeepsEveryText() {
    assertThat(ColumnFit.fits(ANY_TEXT, new ValueType.Text(1 << 30, false), true)).isTrue();
    assertThat(ColumnFit.fits(ANY_TEXT, new ValueType.Text(16_383, false), true)).isFalse();
  }

  @Test
  void whatAServerRoundsOrPadsDoesNotFit() {
    assertThat(ColumnFit.fits(new ValueType.Decimal(10, 2), new ValueType.Decimal(12, 1), true))
        .isFalse();
    assertThat(ColumnFit.fits(new ValueType.Time(6), new ValueType.Time(3), true)).isFalse();
    assertThat(ColumnFit.fits(new ValueType.Text(5, false), new ValueType.Text(5, true), true))
        .isFalse();
    assertThat(ColumnFit.fits(new ValueType.Real(64), new ValueType.Real(32), true)).isFalse();
  }

  @Test
  void aDocumentIsWrittenWhereItsNumbersStay() {
    assertThat(ColumnFit.fits(ANY_TEXT, ValueType.Plain.JSON, true)).isTrue();
    assertThat(ColumnFit.fits(ANY_TEXT, ValueType.Plain.JSON, false)).isFalse();
  }

  @Test
  void aMomentIsWrittenToADatetimeOnlyWhereThereIsNothingBetter() {
    ValueType moment = new ValueType.Timestamp(3, true);
    ValueType clock = new ValueType.Timestamp(6, false);
    assertThat(ColumnFit.fits(moment, clock, false)).isTrue();
    assertThat(ColumnFit.fits(moment, clock, true)).isFalse();
    assertThat(ColumnFit.fits(clock, moment, false)).isFalse();
  }

  @Test
  void whatTwoServersMayConvertDifferentlyIsNotConverted() {
    assertThat(ColumnFit.converts(new ValueType.Int(64, false), new ValueType.Int(32, false)))
        .isTrue();
    assertThat(ColumnFit.converts(new ValueType.Text(9, false), new ValueType.Text(3, false)))
        .isTrue();
    assertThat(ColumnFit.converts(new ValueType.Int(32, false), ANY_TEXT)).isTrue();
    assertThat(ColumnFit.converts(ANY_TEXT, new ValueType.Int(32, false))).isFalse();
    assertThat(ColumnFit.converts(new ValueType.Decimal(10, 2), new ValueType.Decimal(10, 1)))
        .isFalse();
    assertThat(ColumnFit.converts(new ValueType.Real(64), new ValueType.Int(32, false))).isFalse();
  }
}
