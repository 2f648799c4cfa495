package io.tidemark.database.mysql.wire;

import io.tidemark.database.mysql.session.EventBytes;

/**
 * Fields with their numbers in the form of MySQL's serialization library (MySQL 8.3,
 * libs/mysql/serialization/readme.md): whole numbers in as many bytes as they need, which the ones
 * at the low end of the first byte count. Used once.
 */
final class TaggedFields {

  private static final int LONGEST_TEXT = 32;

  private final EventBytes in;

  TaggedFields(EventBytes body) {
    EventBytes head = body;
    int start = head.position();
    number(head); // the version of the form
    long size = number(head);
    long read = (long) head.position() - start;
    number(head); // the last field that a reader must know
    long left = size - (read + (head.position() - start - read));
    in = head.take(left);
  }

  boolean hasNext() {
    return in.hasRemaining();
  }

  /** The next field's number. */
  int next() {
    long field = number();
    if (field < 0 || field > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("a field has the number " + field);
    }
    return (int) field;
  }

  long number() {
    return number(in);
  }

  private static long number(EventBytes in) {
    int first = in.u8();
    int more = Integer.numberOfTrailingZeros(~first & 0x1ff);
    if (more >= 8) {
      return in.i64();
    }
    long value = first >>> more + 1;
    return value | in.unsigned(more) << 7 - more;
  }

  /** The sign is the lowest bit. */
  long signed() {
    long coded = number();
    return (coded & 1) == 0 ? coded >>> 1 : ~(coded >>> 1);
  }

  byte[] uuid() {
    byte[] uuid = new byte[16];
    for (int i = 0; i < uuid.length; i++) {
      uuid[i] = (byte) number();
    }
    return uuid;
  }

  String text() {
    long length = number();
    if (length > LONGEST_TEXT) {
      throw new IllegalArgumentException("a tag of " + length + " characters");
    }
    return in.text(length);
  }
}
