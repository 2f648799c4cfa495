package io.tidemark.database.mysql.position;

import org.jspecify.annotations.Nullable;

/**
 * The name of a MariaDB transaction: {@code domain-server-sequence} (MariaDB documentation, "Global
 * Transaction ID").
 *
 * @param domain 32 bits, unsigned; within one, sequences ascend in the log
 * @param server 32 bits, unsigned
 * @param sequence 64 bits, unsigned; from 1 on
 */
public record MariaDbGtid(long domain, long server, long sequence) implements MySqlTransaction {

  private static final long MAXIMUM_ID = 0xffff_ffffL;

  /**
   * @throws IllegalArgumentException if a part is out of its range
   */
  public MariaDbGtid {
    if (domain < 0 || domain > MAXIMUM_ID || server < 0 || server > MAXIMUM_ID || sequence == 0) {
      throw new IllegalArgumentException("not a MariaDB GTID: " + print(domain, server, sequence));
    }
  }

  /**
   * @throws IllegalArgumentException if {@code printed} is not one GTID
   */
  static MariaDbGtid parse(String printed) {
    String text = printed.strip();
    if (!text.matches("[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,20}")) {
      throw malformed(text, null);
    }
    String[] parts = text.split("-", -1);
    try {
      return new MariaDbGtid(
          Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseUnsignedLong(parts[2]));
    } catch (IllegalArgumentException e) {
      throw malformed(text, e);
    }
  }

  private static IllegalArgumentException malformed(
      String text, @Nullable IllegalArgumentException cause) {
    String shown = text.length() <= 200 ? text : text.substring(0, 200) + "…";
    return new IllegalArgumentException("not a MariaDB GTID: '" + shown + "'", cause);
  }

  private static String print(long domain, long server, long sequence) {
    return domain + "-" + server + "-" + Long.toUnsignedString(sequence);
  }

  @Override
  public String print() {
    return print(domain, server, sequence);
  }

  @Override
  public String toString() {
    return print();
  }
}
