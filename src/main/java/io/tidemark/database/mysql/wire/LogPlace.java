package io.tidemark.database.mysql.wire;

import io.tidemark.database.mysql.position.BinlogPlace;
import io.tidemark.database.mysql.session.EventBytes;
import java.util.Optional;

/**
 * Where in the server's files the log is read. Used by one thread.
 *
 * <p>Events say the lower 32 bits of where they end; in a file that one large transaction made
 * longer, the rest follows from the events before.
 */
public final class LogPlace {

  private static final long LOW = 0xffff_ffffL;

  private String file;
  private long offset;

  /**
   * @param start where reading begins; empty if only the server knows
   */
  public LogPlace(Optional<BinlogPlace> start) {
    file = start.map(BinlogPlace::file).orElse("");
    offset = start.map(BinlogPlace::offset).orElse(0L);
  }

  /** Moves behind an event, if it takes room in the file. */
  public void pass(BinlogEvent event) {
    if (event.artificial() || event.end() == 0 || event.type() == BinlogEvent.HEARTBEAT) {
      return;
    }
    forward(event.end());
  }

  private void forward(long end) {
    long next = offset & ~LOW | end;
    offset = next < offset ? next + LOW + 1 : next;
  }

  /** The log goes on in another file, or the server says in which it is. */
  public void rotate(EventBytes body) {
    long start = body.i64();
    String next = body.rest();
    int end = next.indexOf('\0');
    file = end < 0 ? next : next.substring(0, end);
    offset = start;
  }

  /** The server has sent everything up to here. */
  public void heartbeat(EventBytes body, long end) {
    String said = body.rest();
    if (said.equals(file) && end != 0) {
      forward(end);
    }
  }

  /** Behind the last event; empty until it is known in which file. */
  public Optional<BinlogPlace> now() {
    return file.isEmpty() ? Optional.empty() : Optional.of(new BinlogPlace(file, offset));
  }

  /**
   * As {@link #now}.
   *
   * @throws IllegalArgumentException if it is not known yet in which file
   */
  public BinlogPlace required() {
    return now()
        .orElseThrow(
            () -> new IllegalArgumentException("the server has not said in which file it is"));
  }

  /** For messages: where the last event ended. */
  public String print() {
    return file.isEmpty() ? "" : " that ends at " + file + ":" + offset;
  }
}
