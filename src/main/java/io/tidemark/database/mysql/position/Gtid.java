package io.tidemark.database.mysql.position;

import java.util.UUID;

/**
 * The name of a MySQL transaction: {@code uuid:number} or {@code uuid:tag:number} (MySQL manual,
 * 19.1.3.1).
 *
 * @param source who committed it first
 * @param tag empty if there is none; lower case
 * @param number from 1 on
 */
public record Gtid(UUID source, String tag, long number) implements MySqlTransaction {

  /** The largest number a server gives. */
  static final long MAXIMUM = Long.MAX_VALUE - 1;

  /**
   * @throws IllegalArgumentException if there is no such tag or number
   */
  public Gtid {
    if (!tag.isEmpty() && !GtidSet.isTag(tag)) {
      throw new IllegalArgumentException("not the tag of a GTID: '" + tag + "'");
    }
    if (number < 1 || number > MAXIMUM) {
      throw new IllegalArgumentException("not the number of a GTID: " + number);
    }
  }

  /**
   * @throws IllegalArgumentException if {@code printed} is not one GTID
   */
  static Gtid parse(String printed) {
    return GtidSet.parse(printed).single();
  }

  @Override
  public String print() {
    return source + ":" + (tag.isEmpty() ? "" : tag + ":") + number;
  }

  @Override
  public String toString() {
    return print();
  }
}
