package io.tidemark.database.mysql.wire;

import io.tidemark.database.mysql.session.EventBytes;
import java.util.zip.CRC32;

/**
 * One event of the binary log (MySQL internals, "Event Structure").
 *
 * @param seconds when the statement started, since 1970, by the source's clock
 * @param type one of the constants here, or another
 * @param server the id of the server where it was written first
 * @param end the lower 32 bits of where the event ends in its file; 0 if it is in no file
 * @param artificial whether the server made it up for this connection: it takes no room in the file
 * @param body what follows the header, without checksum
 */
public record BinlogEvent(
    long seconds, int type, long server, long end, boolean artificial, EventBytes body) {

  public static final int QUERY = 2;
  static final int STOP = 3;
  public static final int ROTATE = 4;
  public static final int FORMAT_DESCRIPTION = 15;
  public static final int XID = 16;
  public static final int TABLE_MAP = 19;
  public static final int WRITE_ROWS_V1 = 23;
  public static final int UPDATE_ROWS_V1 = 24;
  public static final int DELETE_ROWS_V1 = 25;
  public static final int INCIDENT = 26;
  public static final int HEARTBEAT = 27;
  public static final int WRITE_ROWS = 30;
  public static final int UPDATE_ROWS = 31;
  public static final int DELETE_ROWS = 32;
  public static final int GTID = 33;
  public static final int ANONYMOUS_GTID = 34;
  static final int PREVIOUS_GTIDS = 35;
  public static final int XA_PREPARE = 38;
  public static final int PARTIAL_UPDATE_ROWS = 39;
  public static final int TRANSACTION_PAYLOAD = 40;
  static final int HEARTBEAT_V2 = 41;
  public static final int TAGGED_GTID = 42;
  public static final int MARIADB_GTID = 162;
  static final int MARIADB_GTID_LIST = 163;
  public static final int MARIADB_START_ENCRYPTION = 164;
  public static final int MARIADB_QUERY_COMPRESSED = 165;
  public static final int MARIADB_WRITE_ROWS_COMPRESSED_V1 = 166;
  public static final int MARIADB_UPDATE_ROWS_COMPRESSED_V1 = 167;
  public static final int MARIADB_DELETE_ROWS_COMPRESSED_V1 = 168;
  public static final int MARIADB_WRITE_ROWS_COMPRESSED = 169;
  public static final int MARIADB_UPDATE_ROWS_COMPRESSED = 170;
  public static final int MARIADB_DELETE_ROWS_COMPRESSED = 171;

  public static final int HEADER = 19;

  private static final int CHECKSUM = 4;
  private static final int CRC32_ALGORITHM = 1;
  private static final int ARTIFICIAL = 0x20;

  /** An event and its copies on the way take no more than this part of the heap. */
  private static final int PART_OF_HEAP = 4;

  /**
   * To be asked before an event is unpacked.
   *
   * @param bytes what it says that it takes
   * @throws IllegalArgumentException if that is more than this process can hold
   */
  public static void requireRoom(long bytes) {
    long heap = Runtime.getRuntime().maxMemory();
    if (bytes > heap / PART_OF_HEAP) {
      throw new IllegalArgumentException(
          "an event of "
              + bytes
              + " bytes needs a heap of four times as much, and this process has "
              + heap
              + " bytes; give it more with -Xmx");
    }
  }

  /** How the events of a log end, which its format description says. */
  public enum Checksum {
    /** Before the first format description: there is one if it is right. */
    UNKNOWN,
    NONE,
    CRC32
  }

  /**
   * @param bytes a whole event
   * @throws IllegalArgumentException if it is not one
   */
  public static BinlogEvent parse(EventBytes bytes, Checksum checksum) {
    int start = bytes.position();
    int size = bytes.remaining();
    long seconds = bytes.u32();
    int type = bytes.u8();
    long server = bytes.u32();
    long said = bytes.u32();
    long end = bytes.u32();
    int flags = bytes.u16();
    if (said != size) {
      throw new IllegalArgumentException("an event of " + said + " bytes came in " + size);
    }
    EventBytes body = bytes;
    if (type == FORMAT_DESCRIPTION) {
      // It always has room for a checksum, and before it the algorithm's number.
      body = bytes.without(CHECKSUM);
      if (last(body) == CRC32_ALGORITHM) {
        requireChecksum(bytes.array(), start, size);
      }
    } else if (checksum == Checksum.CRC32
        || (checksum == Checksum.UNKNOWN && hasChecksum(bytes.array(), start, size))) {
      requireChecksum(bytes.array(), start, size);
      body = bytes.without(CHECKSUM);
    }
    return new BinlogEvent(seconds, type, server, end, (flags & ARTIFICIAL) != 0, body);
  }

  private static int last(EventBytes body) {
    EventBytes tail = new EventBytes(body.array(), body.position(), body.remaining());
    tail.skip(tail.remaining() - 1L);
    return tail.u8();
  }

  private static void requireChecksum(byte[] array, int start, int size) {
    if (!hasChecksum(array, start, size)) {
      throw new IllegalArgumentException("its checksum is wrong: it was damaged on its way");
    }
  }

  private static boolean hasChecksum(byte[] array, int start, int size) {
    if (size < HEADER + CHECKSUM) {
      return false;
    }
    CRC32 crc = new CRC32();
    crc.update(array, start, size - CHECKSUM);
    return new EventBytes(array, start + size - CHECKSUM, CHECKSUM).u32() == crc.getValue();
  }

  /** What a format description says about the events behind it. */
  public Checksum checksumBehind() {
    return last(body) == CRC32_ALGORITHM ? Checksum.CRC32 : Checksum.NONE;
  }
}
