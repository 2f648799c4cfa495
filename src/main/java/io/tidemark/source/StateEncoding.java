package io.tidemark.source;

import io.tidemark.change.MalformedException;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;

/** What all checkpointed state has in common: its version, and how damage to it is told. */
final class StateEncoding {

  private StateEncoding() {}

  /** Refuses what another version of Tidemark wrote. */
  static void requireVersion(int found, int oldest, int newest, String what) throws IOException {
    if (found < oldest || found > newest) {
      throw new IOException(
          "this Tidemark reads "
              + what
              + " of version "
              + (oldest == newest ? newest : oldest + " to " + newest)
              + ", and the checkpoint has version "
              + found
              + "; start without the checkpoint, from the ledger, or with the Tidemark that wrote it");
    }
  }

  /** What reads a state out of its bytes. */
  @FunctionalInterface
  interface Body<T> {
    T read(DataInputStream in) throws IOException;
  }

  /**
   * Reads all of a state.
   *
   * @throws IOException if it is damaged: it ends too early or goes on after its end, or holds what
   *     nobody writes
   */
  static <T> T read(byte[] state, Body<T> body) throws IOException {
    ByteArrayInputStream bytes = new ByteArrayInputStream(state);
    T value;
    try {
      value = body.read(new DataInputStream(bytes));
    } catch (EOFException e) {
      throw new IOException("the state is damaged: it ends too early, at " + state.length, e);
    } catch (MalformedException | IllegalArgumentException e) {
      throw new IOException("the state is damaged: " + e.getMessage(), e);
    }
    if (bytes.available() > 0) {
      throw new IOException("the state is damaged: " + bytes.available() + " bytes follow its end");
    }
    return value;
  }
}
