package io.tidemark.verify;

import io.tidemark.schema.ValueType;
import io.tidemark.schema.ValueType.Decimal;
import io.tidemark.schema.ValueType.Int;
import io.tidemark.schema.ValueType.Plain;
import io.tidemark.schema.ValueType.Real;
import io.tidemark.schema.ValueType.Text;
import io.tidemark.schema.ValueType.Time;
import io.tidemark.schema.ValueType.Timestamp;
import io.tidemark.schema.ValueType.Vector;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/**
 * One form for all values that the source's type holds for the same, whichever type the side that
 * was read has for them: numbers without trailing zeros, times without those of their fraction,
 * JSON by what it says, padded text without its padding. Everything else is equal byte by byte.
 */
interface NormalForm {

  NormalForm AS_IS =
      (value, offset, length) -> java.util.Arrays.copyOfRange(value, offset, offset + length);

  /** More than any database has before the point or behind it (PostgreSQL manual, 8.1.2). */
  int MOST_DIGITS = 150_000;

  /** Never changes {@code value}. */
  byte[] of(byte[] value, int offset, int length);

  /**
   * @param source the column's type at the source
   * @param side its type where the value was read, the source or the target
   */
  static NormalForm of(ValueType source, ValueType side) {
    if (source instanceof Real real) {
      return source.equals(side) ? AS_IS : text(text -> floating(real, text));
    }
    if (source instanceof Int
        || source instanceof Decimal
        || source == Plain.YEAR
        || source == Plain.NUMBER
        || source == Plain.BOOLEAN) {
      return text(NormalForm::number);
    }
    if (source instanceof Time || source instanceof Timestamp) {
      return text(NormalForm::withoutTrailingZeros);
    }
    if (source == Plain.JSON) {
      return text(NormalForm::json);
    }
    if (source instanceof Text text && text.padded()) {
      return text(String::stripTrailing);
    }
    if (source == Plain.UUID) {
      return side.isRaw() ? NormalForm::hex : text(NormalForm::plainUuid);
    }
    if (source instanceof Vector && !side.isRaw()) {
      return NormalForm::vector;
    }
    return source.isRaw() && side == Plain.UUID
        ? (value, offset, length) ->
            HexFormat.of().parseHex(plainUuid(string(value, offset, length)))
        : AS_IS;
  }

  /** The same for a text. */
  interface OfText {
    String of(String text);
  }

  private static NormalForm text(OfText form) {
    return (value, offset, length) ->
        form.of(string(value, offset, length)).getBytes(StandardCharsets.UTF_8);
  }

  private static String string(byte[] value, int offset, int length) {
    return new String(value, offset, length, StandardCharsets.UTF_8);
  }

  private static String floating(Real type, String text) {
    return type.bits() == 32
        ? Float.toString(Float.parseFloat(text))
        : Double.toString(Double.parseDouble(text));
  }

  private static String number(String text) {
    char last = text.isEmpty() ? ' ' : text.charAt(text.length() - 1);
    if (last < '0' || last > '9') {
      return text; // NaN and the infinities
    }
    BigDecimal number;
    try {
      if (text.length() < 19 && text.indexOf('.') < 0 && text.indexOf('E') < 0) {
        return Long.toString(Long.parseLong(text));
      }
      number = new BigDecimal(text);
    } catch (NumberFormatException e) {
      return text; // a text column at the target that somebody wrote something else into
    }
    if (Math.abs((long) number.scale()) > MOST_DIGITS) {
      return text;
    }
    return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
  }

  private static String withoutTrailingZeros(String text) {
    int point = text.indexOf('.');
    if (point < 0) {
      return text;
    }
    int end = point + 1;
    int kept = point;
    for (; end < text.length() && Character.isDigit(text.charAt(end)); end++) {
      kept = text.charAt(end) == '0' ? kept : end + 1;
    }
    return text.substring(0, kept) + text.substring(end);
  }

  private static String json(String text) {
    try {
      return CanonicalJson.of(text);
    } catch (IllegalArgumentException e) {
      return text; // a text column at the target that somebody wrote something else into
    }
  }

  private static String plainUuid(String text) {
    return text.replace("-", "").toLowerCase(Locale.ROOT);
  }

  private static byte[] hex(byte[] value, int offset, int length) {
    return HexFormat.of()
        .formatHex(value, offset, offset + length)
        .getBytes(StandardCharsets.UTF_8);
  }

  /** {@code [1, 2.5]} as the bytes of the numbers. */
  private static byte[] vector(byte[] value, int offset, int length) {
    String inner = string(value, offset, length).replaceAll("[\\[\\]{} ]", "");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String number : inner.isEmpty() ? new String[0] : inner.split(",", -1)) {
      int bits = Float.floatToRawIntBits(Float.parseFloat(number));
      for (int shift = 0; shift < 32; shift += 8) {
        bytes.write(bits >>> shift);
      }
    }
    return bytes.toByteArray();
  }
}
