package io.tidemark.database.mysql.rows;

import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.wire.BinlogEvent;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * What MariaDB compresses within an event (its documentation, "Compressing Events to Reduce Size of
 * the Binary Log"): a byte with the method and the size of the length, the length most significant
 * byte first, then the data (log_event.cc, binlog_buf_uncompress).
 */
public final class MariaDbCompression {

  private MariaDbCompression() {}

  /** The same event as it was before. */
  public static EventBytes query(EventBytes body) {
    EventBytes head = new EventBytes(body.array(), body.position(), body.remaining());
    head.skip(8);
    int schema = head.u8();
    head.skip(2);
    head.skip(head.u16() + schema + 1L);
    return unpacked(body, head);
  }

  /**
   * @param body behind the number of the table and the flags
   */
  public static EventBytes rows(EventBytes body, RowsEvent event) {
    EventBytes head = new EventBytes(body.array(), body.position(), body.remaining());
    if (event.hasExtraData()) {
      head.skip(head.u16() - 2L);
    }
    int count = head.packedCount();
    head.bits(count);
    if (event.action() == RowsReader.Action.UPDATE) {
      head.bits(count);
    }
    return unpacked(body, head);
  }

  /** What lies between {@code body} and {@code packed}, and then what that was. */
  private static EventBytes unpacked(EventBytes body, EventBytes packed) {
    int plain = packed.position() - body.position();
    int first = packed.u8();
    int sizeBytes = first & 7;
    if ((first & 0xf0) != 0x80 || sizeBytes < 1 || sizeBytes > 4) {
      throw new IllegalArgumentException("a compressed event has an unknown form");
    }
    long size = packed.bigEndian(sizeBytes);
    if (size > 1_100L * packed.remaining() + 64) {
      throw new IllegalArgumentException(
          "a compressed event of " + size + " bytes in " + packed.remaining());
    }
    BinlogEvent.requireRoom(size);
    byte[] whole = new byte[Math.addExact(plain, (int) size)];
    System.arraycopy(body.array(), body.position(), whole, 0, plain);
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(packed.array(), packed.position(), packed.remaining());
      int done = 0;
      while (done < size) {
        int more = inflater.inflate(whole, plain + done, (int) size - done);
        if (more == 0) {
          throw new IllegalArgumentException("a compressed event ends too early");
        }
        done += more;
      }
      if (inflater.inflate(new byte[1]) > 0 || !inflater.finished()) {
        throw new IllegalArgumentException("a compressed event is larger than it says");
      }
    } catch (DataFormatException e) {
      throw new IllegalArgumentException("a compressed event is damaged", e);
    } finally {
      inflater.end();
    }
    return new EventBytes(whole, 0, whole.length);
  }
}
