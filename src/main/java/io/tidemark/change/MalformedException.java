package io.tidemark.change;

import java.io.IOException;

/** Bytes that nobody writes; says what is wrong with them, and not what they should have been. */
public final class MalformedException extends IOException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message what is wrong with the bytes; does not quote them
   */
  public MalformedException(String message) {
    super(message);
  }
}
