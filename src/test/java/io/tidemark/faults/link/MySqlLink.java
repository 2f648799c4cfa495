package io.tidemark.faults.link;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A connection to MySQL or MariaDB, without TLS and compression. */
public final class MySqlLink extends Link {

  /** In the attributes of the connection, which the client's first packet ends with. */
  private static final Pattern NAME = Pattern.compile("tidemark:[a-z0-9_]+:[0-9]+:[a-z0-9-]+");

  private volatile boolean committing;

  public MySqlLink(Proxy proxy, Socket client, Socket server) {
    super(proxy, client, server);
  }

  /** Whether the last statement was a COMMIT, which is not answered yet. */
  boolean isCommitting() {
    return committing;
  }

  @Override
  boolean start(Direction requests, Direction answers) {
    return true;
  }

  @Override
  Message read(DataInputStream from, boolean toServer) throws IOException {
    int length =
        from.readUnsignedByte() | from.readUnsignedByte() << 8 | from.readUnsignedByte() << 16;
    int number = from.readUnsignedByte();
    byte[] body = new byte[length];
    from.readFully(body);
    if (toServer && session().isEmpty()) {
      Matcher name = NAME.matcher(new String(body, StandardCharsets.ISO_8859_1));
      named(name.find() ? name.group() : "other");
    }
    return new MySqlMessage(this, toServer, number, body);
  }

  @Override
  void write(Message given, DataOutputStream to) throws IOException {
    MySqlMessage message = (MySqlMessage) given;
    int length = message.body().length;
    to.writeByte(length);
    to.writeByte(length >> 8);
    to.writeByte(length >> 16);
    to.writeByte(message.number());
    to.write(message.body());
  }

  /** Before the server is told, so that its answer cannot come earlier. */
  @Override
  void note(Message message) {
    if (message.executes()) {
      if (committing) {
        transactionEnded();
      }
      committing = message.asksForCommit();
    }
    super.note(message);
  }
}
