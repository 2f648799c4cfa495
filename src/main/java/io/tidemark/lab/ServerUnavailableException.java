package io.tidemark.lab;

import java.util.List;

/**
 * A database server can be had in no way on this machine. The message says what was tried; it is a
 * reason to skip a test, while any other exception is a failure.
 */
public final class ServerUnavailableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ServerUnavailableException(MySqlVendor vendor, List<String> attempts) {
    super(
        "there is no "
            + vendor.product()
            + " server on this machine. Tried:\n- "
            + String.join("\n- ", attempts));
  }
}
