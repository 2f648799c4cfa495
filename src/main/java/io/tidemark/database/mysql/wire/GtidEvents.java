package io.tidemark.database.mysql.wire;

import io.tidemark.database.mysql.position.Gtid;
import io.tidemark.database.mysql.position.MariaDbGtid;
import io.tidemark.database.mysql.position.MySqlTransaction;
import io.tidemark.database.mysql.session.EventBytes;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Reads the events with which transactions start, and says what a server needs to go on. */
public final class GtidEvents {

  private static final int COMMIT_TIMESTAMPS = 2;
  private static final long HAS_ORIGINAL_TIME = 1L << 55;
  private static final long MICROS_PER_SECOND = 1_000_000;

  /** MariaDB: the event group is one event, and has no commit. */
  private static final int STANDALONE = 1;

  private static final int GROUP_COMMIT = 2;
  private static final int PREPARED_XA = 64;
  private static final int COMPLETED_XA = 128;

  private GtidEvents() {}

  /**
   * A transaction starts.
   *
   * @param gtid empty where the server has no GTIDs
   * @param committedAt by the clock of the server that is read, if it says so
   * @param standalone whether it ends with its one statement
   * @param xa whether it prepares or completes an XA transaction (MariaDB)
   */
  public record Start(
      Optional<MySqlTransaction> gtid,
      Optional<Instant> committedAt,
      boolean standalone,
      boolean xa) {}

  /** A GTID or an anonymous one (MySQL internals, "Gtid_event"). */
  public static Start mysql(EventBytes body, boolean anonymous) {
    body.skip(1); // flags
    UUID source = uuid(body.bytes(16));
    long number = body.i64();
    Optional<Instant> time = Optional.empty();
    if (body.remaining() >= 17 + 7 && body.u8() == COMMIT_TIMESTAMPS) {
      body.skip(16); // the logical clock
      time = Optional.of(instant(body.unsigned(7) & ~HAS_ORIGINAL_TIME));
    }
    Optional<MySqlTransaction> gtid =
        anonymous ? Optional.empty() : Optional.of(new Gtid(source, "", number));
    return new Start(gtid, time, false, false);
  }

  private static Instant instant(long micros) {
    return Instant.ofEpochSecond(micros / MICROS_PER_SECOND, micros % MICROS_PER_SECOND * 1_000);
  }

  private static UUID uuid(byte[] bytes) {
    EventBytes in = new EventBytes(bytes, 0, bytes.length);
    return new UUID(in.bigEndian(8), in.bigEndian(8));
  }

  /**
   * A GTID that may have a tag: fields with their numbers, as the library mysql_serialization
   * writes them (MySQL 8.3, libs/mysql/serialization/readme.md).
   */
  public static Start tagged(EventBytes body) {
    TaggedFields fields = new TaggedFields(body);
    UUID source = null;
    String tag = "";
    long number = 0;
    Optional<Instant> time = Optional.empty();
    while (fields.hasNext()) {
      int field = fields.next();
      switch (field) {
        case 0, 4, 5, 7, 8, 9, 10, 11 -> fields.number();
        case 1 -> source = uuid(fields.uuid());
        case 2 -> number = fields.signed();
        case 3 -> tag = fields.text();
        case 6 -> time = Optional.of(instant(fields.number()));
        default -> throw new IllegalArgumentException("a GTID has an unknown field " + field);
      }
    }
    if (source == null) {
      throw new IllegalArgumentException("a GTID has no source");
    }
    return new Start(Optional.of(new Gtid(source, tag, number)), time, false, false);
  }

  /** MariaDB's (its documentation, "GTID_EVENT"). */
  public static Start mariaDb(EventBytes body, long server) {
    long sequence = body.i64();
    long domain = body.u32();
    int flags = body.u8();
    if ((flags & GROUP_COMMIT) != 0) {
      body.i64();
    }
    return new Start(
        Optional.of(new MariaDbGtid(domain, server, sequence)),
        Optional.empty(),
        (flags & STANDALONE) != 0,
        (flags & (PREPARED_XA | COMPLETED_XA)) != 0);
  }
}
