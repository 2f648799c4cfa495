package io.tidemark.database.postgres.session;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message of a server that this process has no room for. It was refused by what its header says,
 * before any of it was kept; nothing more can be read from its connection.
 */
public final class OversizedMessage extends IOException {

  private static final long serialVersionUID = 1L;

  private static final long MEGABYTE = 1 << 20;

  private final long bytes;
  private final transient byte[] beginning;

  /**
   * @param bytes what the message takes
   * @param beginning as much of it as was looked at, behind its header
   */
  OversizedMessage(long bytes, byte[] beginning) {
    super(shortage(bytes));
    this.bytes = bytes;
    this.beginning = beginning;
  }

  /** The one that has led to {@code failure}, if one has. */
  public static Optional<OversizedMessage> in(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof OversizedMessage oversized) {
        return Optional.of(oversized);
      }
    }
    return Optional.empty();
  }

  /** What the message takes. */
  public long bytes() {
    return bytes;
  }

  /** As much of the message as was looked at, behind its header. */
  public byte[] beginning() {
    return beginning.clone();
  }

  /** Why it was refused, and what to do, as a clause that goes on from what was to be read. */
  private static String shortage(long bytes) {
    long heap = Runtime.getRuntime().maxMemory();
    long needed = heapFor(bytes) / MEGABYTE + 1;
    return String.format(
        Locale.ROOT,
        "it takes %d bytes, and with its copies on the way that is more than this process can hold:"
            + " its heap is %d MB, and %d MB are needed. Nothing is lost, and nothing gets past it:"
            + " give the process this heap and start it again (TIDEMARK_OPTS=-Xmx%dm ./tidemark run;"
            + " in a Flink cluster taskmanager.memory.task.heap.size: %dm)",
        bytes,
        heap / MEGABYTE,
        needed,
        needed,
        needed);
  }

  /** What is not free for rows of the heap that was asked for: a collector's reserve. */
  private static long heapFor(long bytes) {
    long room = MessageGuard.RESERVED + bytes * MessageGuard.COPIES;
    return room + room / 7;
  }
}
