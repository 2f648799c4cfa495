package io.tidemark.database.mysql.wire;

import io.tidemark.database.mysql.position.BinlogPlace;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.database.mysql.position.LogMark;
import io.tidemark.database.mysql.session.EventBytes;
import io.tidemark.database.mysql.session.MySqlQueries;
import io.tidemark.database.mysql.session.StreamSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.Optional;

/** Single events of a server's log, read at their place and told from others. */
public final class LogEvents {

  private static final long FIRST_OFFSET = 4;

  /** Before the event that was asked for the server sends what file it is and in which form. */
  private static final int MOST_BEFORE = 16;

  /** ER_MASTER_FATAL_ERROR_READING_BINLOG: there is no event there. */
  private static final int CANNOT_SEND_LOG = 1236;

  private final StreamSource source;
  private final long epoch;

  /**
   * Opens no connection yet.
   *
   * @param epoch under which the stream was claimed
   */
  public LogEvents(StreamSource source, long epoch) {
    this.source = source;
    this.epoch = epoch;
  }

  /**
   * What tells an event from all others.
   *
   * @param begun when its file was begun, as the file's format description says
   * @param event whose body has not been read yet
   */
  public static long fingerprint(long begun, BinlogEvent event) {
    EventBytes body = event.body();
    ByteBuffer header = ByteBuffer.allocate(5 * Long.BYTES);
    header.putLong(begun).putLong(event.seconds()).putLong(event.type());
    header.putLong(event.server()).putLong(event.end());
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(header.array());
      digest.update(body.array(), body.position(), body.remaining());
      return ByteBuffer.wrap(digest.digest()).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Whether the server's log has it. The file must be there. */
  public boolean has(LogMark mark) throws IOException {
    Read read = read(mark.event());
    return read.fingerprint().equals(Optional.of(mark.fingerprint()));
  }

  /** When a file that is there was begun, in seconds since 1970 by the server's clock. */
  public long begun(String file) throws IOException {
    return read(new BinlogPlace(file, FIRST_OFFSET)).begun();
  }

  private record Read(long begun, Optional<Long> fingerprint) {}

  private Read read(BinlogPlace place) throws IOException {
    HashSet<Long> taken;
    try (MySqlQueries queries = source.open(epoch, StreamSource.Role.LOG)) {
      taken = new HashSet<>(BinlogDump.takenIds(queries));
    }
    BinlogDump dump = new BinlogDump(source.connection(), source.stream(), epoch);
    long begun = 0;
    try (BinlogConnection connection = dump.open(new BinlogPosition(place), taken)) {
      BinlogEvent.Checksum checksum = BinlogEvent.Checksum.UNKNOWN;
      for (int i = 0; i < MOST_BEFORE; i++) {
        BinlogEvent event = BinlogEvent.parse(connection.readEvent(), checksum);
        if (event.type() == BinlogEvent.FORMAT_DESCRIPTION) {
          begun = event.seconds();
          checksum = event.checksumBehind();
          if (place.offset() <= FIRST_OFFSET) {
            return new Read(begun, Optional.empty());
          }
        } else if (event.type() == BinlogEvent.HEARTBEAT
            || event.type() == BinlogEvent.HEARTBEAT_V2) {
          break; // the file ends there
        } else if (event.end() != 0 && !event.artificial()) {
          return new Read(begun, Optional.of(fingerprint(begun, event)));
        }
      }
    } catch (BinlogServerException refused) {
      if (refused.code() != CANNOT_SEND_LOG) {
        throw refused;
      }
    } catch (IllegalArgumentException noEvent) {
      // What lies there is not the beginning of an event.
      return new Read(begun, Optional.empty());
    }
    return new Read(begun, Optional.empty());
  }
}
