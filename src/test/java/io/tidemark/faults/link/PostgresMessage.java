package io.tidemark.faults.link;

import java.nio.charset.StandardCharsets;

/**
 * A message of the PostgreSQL protocol (manual, 53.7).
 *
 * @param type the byte that says what it is
 * @param body without type and length
 */
record PostgresMessage(PostgresLink link, boolean toServer, char type, byte[] body)
    implements Message {

  @Override
  public String sql() {
    if (!toServer) {
      return "";
    }
    return switch (type) {
      case 'Q' -> text(0);
      case 'P' -> text(end(0) + 1);
      case 'B' -> link.statement(statementName());
      default -> "";
    };
  }

  /** A Bind counts as the Execute that follows it. */
  @Override
  public boolean executes() {
    return toServer && (type == 'Q' || type == 'B');
  }

  /** CommandComplete of a COMMIT. */
  @Override
  public boolean answersCommit() {
    return !toServer && type == 'C' && text(0).equals("COMMIT");
  }

  /** CopyData and CopyDone, in either direction. */
  @Override
  public boolean isCopy() {
    return type == 'd' || type == 'c';
  }

  @Override
  public boolean isLogChange() {
    return isLog('I') || isLog('U') || isLog('D');
  }

  boolean isLogBegin() {
    return isLog('B');
  }

  /**
   * XLogData (manual, 53.4) with a message of this kind (53.9): a byte, three numbers of 64 bits,
   * the message.
   */
  private boolean isLog(char kind) {
    return !toServer && type == 'd' && body.length > 25 && body[0] == 'w' && body[25] == kind;
  }

  /** The name of the statement that a Parse makes, or that a Bind binds. */
  String statementName() {
    return text(type == 'B' ? end(0) + 1 : 0);
  }

  private String text(int from) {
    return from >= body.length
        ? ""
        : new String(body, from, end(from) - from, StandardCharsets.UTF_8);
  }

  private int end(int from) {
    int end = from;
    while (end < body.length && body[end] != 0) {
      end++;
    }
    return end;
  }
}
