package io.tidemark.faults.link;

import java.nio.charset.StandardCharsets;

/**
 * A packet of the MySQL protocol (MySQL internals, "Protocol Basics").
 *
 * @param body without length and number
 */
record MySqlMessage(MySqlLink link, boolean toServer, int number, byte[] body) implements Message {

  private static final int QUERY = 3;

  /** With query attributes, of which there are none, two numbers come before the statement. */
  @Override
  public String sql() {
    if (!executes()) {
      return "";
    }
    int from = body[1] == 0 ? 3 : 1;
    return new String(body, from, body.length - from, StandardCharsets.UTF_8);
  }

  @Override
  public boolean executes() {
    return toServer && number == 0 && body.length > 3 && body[0] == QUERY;
  }

  /** The OK packet after a COMMIT. */
  @Override
  public boolean answersCommit() {
    return !toServer && link.isCommitting() && body.length > 0 && body[0] == 0;
  }
}
