package io.tidemark.database.mysql.position;

import java.util.Locale;

/**
 * The event with which a transaction begins in a file of the log, told from every other one: by
 * what it says, when it was written, and when its file was begun.
 *
 * @param event where it starts
 * @param fingerprint of all that
 */
public record LogMark(BinlogPlace event, long fingerprint) {

  /**
   * @param printed what {@link #print} made
   * @throws IllegalArgumentException if it is malformed
   */
  static LogMark parse(String printed) {
    int equals = printed.lastIndexOf('=');
    if (equals < 0 || !printed.substring(equals + 1).matches("[0-9a-f]{16}")) {
      throw new IllegalArgumentException("not the mark of a transaction in a binary log");
    }
    return new LogMark(
        BinlogPlace.parse(printed.substring(0, equals)),
        Long.parseUnsignedLong(printed.substring(equals + 1), 16));
  }

  String print() {
    return event.print() + String.format(Locale.ROOT, "=%016x", fingerprint);
  }

  @Override
  public String toString() {
    return print();
  }
}
