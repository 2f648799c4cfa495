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
 * @param ofSession whether it is about something that its session alone has: a temporary table
 * @param body what follows the header, without checksum
 */
public record BinlogEvent(
    long seconds,
    int type,
    long server,
    long end,
    boolean artificial,
    boolean ofSession,
    EventBytes body) {

  /**
   * A statement as text: changes of definitions, and where transactions begin or end without an
   * event of their own.
   */
  public static final int QUERY = 2;

  /** The server was shut down. */
  public static final int STOP = 3;

  /** The log goes on in another file. */
  public static final int ROTATE = 4;

  /** A number that the statement behind it uses: {@code LAST_INSERT_ID()} and its like. */
  public static final int INTVAR = 5;

  /** A piece of the file that {@code LOAD DATA} reads, in a log of statements. */
  public static final int APPEND_BLOCK = 9;

  /** {@code LOAD DATA} failed, in a log of statements. */
  public static final int DELETE_FILE = 11;

  /** The seed of {@code RAND()} in the statement behind it. */
  public static final int RAND = 13;

  /** A user's variable in the statement behind it. */
  public static final int USER_VAR = 14;

  /** The first event of a file: in which form the others are. */
  public static final int FORMAT_DESCRIPTION = 15;

  /** The end of a transaction: it has committed. */
  public static final int XID = 16;

  /** The first piece of the file that {@code LOAD DATA} reads, in a log of statements. */
  public static final int BEGIN_LOAD_QUERY = 17;

  /** {@code LOAD DATA} as text, behind its file. */
  public static final int EXECUTE_LOAD_QUERY = 18;

  /** What the tables of the rows that follow look like. */
  public static final int TABLE_MAP = 19;

  /** Inserted rows in the form without extra data, which MariaDB writes. */
  public static final int WRITE_ROWS_V1 = 23;

  /** Updated rows in the form without extra data, which MariaDB writes. */
  public static final int UPDATE_ROWS_V1 = 24;

  /** Deleted rows in the form without extra data, which MariaDB writes. */
  public static final int DELETE_ROWS_V1 = 25;

  /** The server lost something of the log. */
  public static final int INCIDENT = 26;

  /** The server has nothing to send; how far it is. */
  public static final int HEARTBEAT = 27;

  /** Something that its writer says may be passed over. */
  public static final int IGNORABLE = 28;

  /** The text of the statement whose rows follow. */
  public static final int ROWS_QUERY = 29;

  /** Inserted rows. */
  public static final int WRITE_ROWS = 30;

  /** Updated rows. */
  public static final int UPDATE_ROWS = 31;

  /** Deleted rows. */
  public static final int DELETE_ROWS = 32;

  /** A transaction begins, which has a GTID. */
  public static final int GTID = 33;

  /** A transaction begins, which has no GTID. */
  public static final int ANONYMOUS_GTID = 34;

  /** The transactions of the files before. */
  public static final int PREVIOUS_GTIDS = 35;

  /** What group replication certified a transaction by. */
  public static final int TRANSACTION_CONTEXT = 36;

  /** The members of a replication group have changed. */
  public static final int VIEW_CHANGE = 37;

  /** A distributed transaction was prepared; a later event says whether it commits. */
  public static final int XA_PREPARE = 38;

  /** Updated rows with differences in place of some JSON values. */
  public static final int PARTIAL_UPDATE_ROWS = 39;

  /** The events of a transaction, compressed. */
  public static final int TRANSACTION_PAYLOAD = 40;

  /** {@link #HEARTBEAT} with a larger place. */
  public static final int HEARTBEAT_V2 = 41;

  /** A transaction begins, whose GTID may have a tag. */
  public static final int TAGGED_GTID = 42;

  /** A transaction of MariaDB begins. */
  public static final int MARIADB_GTID = 162;

  /** The text of the statement whose rows follow. */
  public static final int MARIADB_ANNOTATE_ROWS = 160;

  /** Up to which file the engines need the log for their recovery. */
  public static final int MARIADB_BINLOG_CHECKPOINT = 161;

  /** The last transactions of the files before. */
  public static final int MARIADB_GTID_LIST = 163;

  /** The events that follow in the file are encrypted. */
  public static final int MARIADB_START_ENCRYPTION = 164;

  /** {@link #QUERY} with a compressed text. */
  public static final int MARIADB_QUERY_COMPRESSED = 165;

  /** {@link #WRITE_ROWS_V1}, its rows compressed. */
  public static final int MARIADB_WRITE_ROWS_COMPRESSED_V1 = 166;

  /** {@link #UPDATE_ROWS_V1}, its rows compressed. */
  public static final int MARIADB_UPDATE_ROWS_COMPRESSED_V1 = 167;

  /** {@link #DELETE_ROWS_V1}, its rows compressed. */
  public static final int MARIADB_DELETE_ROWS_COMPRESSED_V1 = 168;

  /** {@link #WRITE_ROWS}, its rows compressed. */
  public static final int MARIADB_WRITE_ROWS_COMPRESSED = 169;

  /** {@link #UPDATE_ROWS}, its rows compressed. */
  public static final int MARIADB_UPDATE_ROWS_COMPRESSED = 170;

  /** {@link #DELETE_ROWS}, its rows compressed. */
  public static final int MARIADB_DELETE_ROWS_COMPRESSED = 171;

  /** How many bytes an event's header takes. */
  public static final int HEADER = 19;

  private static final int CHECKSUM = 4;
  private static final int CRC32_ALGORITHM = 1;
  private static final int OF_SESSION = 0x04;
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
    /** Without a checksum. */
    NONE,
    /** With four bytes of CRC-32 over all before them. */
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
    boolean ofSession = (flags & OF_SESSION) != 0;
    return new BinlogEvent(seconds, type, server, end, (flags & ARTIFICIAL) != 0, ofSession, body);
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
