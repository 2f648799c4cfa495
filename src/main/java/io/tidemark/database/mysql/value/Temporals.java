package io.tidemark.database.mysql.value;

import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.ValueBytes;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * The packed forms of dates and times (MySQL internals, "Date and Time Data Type Representation";
 * sql-common/my_time.cc), written in the portable encoding. Zero dates and parts stay what they
 * are.
 */
public final class Temporals {

  private static final int MICROS = 1_000_000;

  private Temporals() {}

  /** How many bytes hold a fraction of this many digits. */
  public static int fractionBytes(int digits) {
    if (digits < 0 || digits > 6) {
      throw new IllegalArgumentException("a fraction of " + digits + " digits");
    }
    return (digits + 1) / 2;
  }

  private static int micros(EventBytes in, int digits) {
    int bytes = fractionBytes(digits);
    long value = in.bigEndian(bytes);
    int micros = (int) (value * (int) Math.pow(100, 3 - bytes));
    if (value < 0 || micros >= MICROS) {
      throw new IllegalArgumentException("a fraction of a second is a second or more");
    }
    return micros;
  }

  /** DATE: three bytes. */
  public static void date(EventBytes in, ValueBytes out) {
    int packed = (int) in.unsigned(3);
    MySqlValues.date(packed >> 9, packed >> 5 & 15, packed & 31, out);
  }

  /** YEAR: the years since 1900 in one byte, whose 0 is the year 0000. */
  public static void year(EventBytes in, ValueBytes out) {
    int year = in.u8();
    out.padded(year == 0 ? 0 : 1900 + year, 4);
  }

  /** TIME with a fraction: its sign is in the first bit, inverted, over whole and fraction. */
  public static void time(EventBytes in, int digits, ValueBytes out) {
    int bytes = fractionBytes(digits);
    long packed = in.bigEndian(3 + bytes) - (0x80_0000L << 8 * bytes);
    boolean negative = packed < 0;
    long positive = Math.abs(packed);
    int whole = (int) (positive >> 8 * bytes);
    long fraction = positive & (1L << 8 * bytes) - 1;
    int micros = (int) (fraction * (int) Math.pow(100, 3 - bytes));
    if (micros >= MICROS) {
      throw new IllegalArgumentException("a fraction of a second is a second or more");
    }
    MySqlValues.time(
        negative, whole >> 12 & 0x3ff, whole >> 6 & 63, whole & 63, micros, digits, out);
  }

  /**
   * DATETIME with a fraction.
   *
   * @param digits of the fraction, none to six
   * @throws IllegalArgumentException if it lies before the year 0
   */
  public static void datetime(EventBytes in, int digits, ValueBytes out) {
    long packed = in.bigEndian(5) - 0x80_0000_0000L;
    if (packed < 0) {
      throw new IllegalArgumentException("a date lies before the year 0");
    }
    int micros = micros(in, digits);
    packedDatetime(packed, micros, digits, out);
  }

  /**
   * @param packed 17 bits of 13 times the year plus the month, then day, hour, minute, second
   */
  static void packedDatetime(long packed, int micros, int digits, ValueBytes out) {
    int date = (int) (packed >> 17);
    int yearMonth = date >> 5;
    MySqlValues.date(yearMonth / 13, yearMonth % 13, date & 31, out);
    int time = (int) (packed & 0x1ffff);
    out.put(' ');
    MySqlValues.time(false, time >> 12, time >> 6 & 63, time & 63, micros, digits, out);
  }

  /**
   * TIMESTAMP with a fraction, as its date and time in UTC; the second 0 of 1970 stands for the
   * zero date.
   *
   * @param digits of the fraction, none to six
   */
  public static void timestamp(EventBytes in, int digits, ValueBytes out) {
    long seconds = in.bigEndian(4);
    instant(seconds, micros(in, digits), digits, out);
  }

  /** Zero stands for no moment at all. */
  private static void instant(long seconds, int micros, int digits, ValueBytes out) {
    if (seconds == 0) {
      MySqlValues.date(0, 0, 0, out);
      out.put(' ');
      MySqlValues.time(false, 0, 0, 0, micros, digits, out);
      return;
    }
    LocalDateTime time = LocalDateTime.ofInstant(Instant.ofEpochSecond(seconds), ZoneOffset.UTC);
    MySqlValues.date(time.getYear(), time.getMonthValue(), time.getDayOfMonth(), out);
    out.put(' ');
    MySqlValues.time(
        false, time.getHour(), time.getMinute(), time.getSecond(), micros, digits, out);
  }

  /** TIME of MariaDB without {@code mysql56_temporal_format}, and without a fraction. */
  public static void oldTime(EventBytes in, ValueBytes out) {
    int packed = (int) in.signed(3);
    int positive = Math.abs(packed);
    MySqlValues.time(
        packed < 0, positive / 10_000, positive / 100 % 100, positive % 100, 0, 0, out);
  }

  /** DATETIME of MariaDB without {@code mysql56_temporal_format}, and without a fraction. */
  public static void oldDatetime(EventBytes in, ValueBytes out) {
    long packed = in.i64();
    if (packed < 0 || packed > 99991231_235959L) {
      throw new IllegalArgumentException("a date lies after the year 9999");
    }
    int date = (int) (packed / MICROS);
    int time = (int) (packed % MICROS);
    MySqlValues.date(date / 10_000, date / 100 % 100, date % 100, out);
    out.put(' ');
    MySqlValues.time(false, time / 10_000, time / 100 % 100, time % 100, 0, 0, out);
  }

  /**
   * TIMESTAMP of MariaDB without {@code mysql56_temporal_format}, and without a fraction; as {@link
   * #timestamp}.
   */
  public static void oldTimestamp(EventBytes in, ValueBytes out) {
    instant(in.u32(), 0, 0, out);
  }
}
