package io.tidemark.database.mysql.wire;

import com.github.luben.zstd.ZstdInputStream;
import io.tidemark.database.mysql.session.EventBytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;

/**
 * A transaction's events in one compressed piece (MySQL internals, "Transaction_payload_event").
 * They are unpacked one by one, so that a small event cannot fill the memory.
 */
public final class TransactionPayload {

  private static final int END = 0;
  private static final int SIZE = 1;
  private static final int COMPRESSION = 2;
  private static final int PLAIN_SIZE = 3;

  private static final long ZSTD = 0;
  private static final long NONE = 255;

  private static final int LENGTH_AT = 9;

  private TransactionPayload() {}

  /**
   * @throws IllegalArgumentException if it is malformed
   */
  public static void forEach(EventBytes body, Consumer<EventBytes> consumer) {
    long compression = NONE;
    long size = -1;
    long plainSize = -1;
    for (long field = body.packed(); field != END; field = body.packed()) {
      EventBytes value = body.take(body.packed());
      if (field == SIZE) {
        size = value.packed();
      } else if (field == COMPRESSION) {
        compression = value.packed();
      } else if (field == PLAIN_SIZE) {
        plainSize = value.packed();
      }
    }
    if (compression == NONE && plainSize < 0) {
      plainSize = size;
    }
    if (plainSize < 0) {
      throw new IllegalArgumentException("a payload does not say how large it is unpacked");
    }
    if (size != body.remaining() || (compression != ZSTD && compression != NONE)) {
      throw new IllegalArgumentException(
          "a payload of " + size + " bytes, compressed by method " + compression);
    }
    InputStream packed = new ByteArrayInputStream(body.array(), body.position(), body.remaining());
    try (InputStream in = compression == NONE ? packed : new ZstdInputStream(packed)) {
      long left = plainSize;
      while (left > 0) {
        EventBytes event = event(in, left);
        left -= event.remaining();
        consumer.accept(event);
      }
      if (in.read() >= 0) {
        throw new IllegalArgumentException("a payload is larger than it says");
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("a payload cannot be unpacked: " + e.getMessage(), e);
    }
  }

  /** The next event, which is no larger than what is left of the payload. */
  private static EventBytes event(InputStream in, long left) throws IOException {
    byte[] header = in.readNBytes(BinlogEvent.HEADER);
    if (header.length < BinlogEvent.HEADER) {
      throw new IllegalArgumentException("a payload ends within an event");
    }
    long length = new EventBytes(header, LENGTH_AT, 4).u32();
    if (length < BinlogEvent.HEADER || length > left) {
      throw new IllegalArgumentException(
          "a payload has an event of " + length + " bytes where " + left + " are left");
    }
    BinlogEvent.requireRoom(length);
    int rest = (int) length - BinlogEvent.HEADER;
    byte[] body = in.readNBytes(rest);
    if (body.length < rest) {
      throw new IllegalArgumentException("a payload ends within an event");
    }
    byte[] event = new byte[(int) length];
    System.arraycopy(header, 0, event, 0, header.length);
    System.arraycopy(body, 0, event, header.length, rest);
    return new EventBytes(event, 0, event.length);
  }
}
