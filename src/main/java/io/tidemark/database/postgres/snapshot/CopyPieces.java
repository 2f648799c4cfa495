package io.tidemark.database.postgres.snapshot;

import io.tidemark.database.SnapshotSession.Output;

/**
 * Gathers the messages of a COPY, one per row, into pieces of a size that is worth handing on. A
 * message that is larger than a piece is passed on as it is, without being copied.
 */
final class CopyPieces {

  private static final int PIECE_BYTES = 256 * 1024;

  private final Output output;
  private byte[] piece = new byte[PIECE_BYTES];
  private int length;

  CopyPieces(Output output) {
    this.output = output;
  }

  /** Takes over {@code message}. */
  void add(byte[] message) throws InterruptedException {
    if (length + message.length > PIECE_BYTES) {
      flush();
    }
    if (message.length > PIECE_BYTES / 2 && length == 0) {
      output.write(message, message.length);
      return;
    }
    System.arraycopy(message, 0, piece, length, message.length);
    length += message.length;
  }

  void flush() throws InterruptedException {
    if (length > 0) {
      byte[] full = piece;
      int bytes = length;
      piece = new byte[PIECE_BYTES];
      length = 0;
      output.write(full, bytes);
    }
  }
}
