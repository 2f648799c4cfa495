package io.tidemark.faults.link;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A connection to PostgreSQL. */
public final class PostgresLink extends Link {

  private static final int SSL_REQUEST = 80877103;
  private static final int GSS_REQUEST = 80877104;
  private static final int CANCEL_REQUEST = 80877102;

  private final Map<String, String> statements = new ConcurrentHashMap<>();

  public PostgresLink(Proxy proxy, Socket client, Socket server) {
    super(proxy, client, server);
  }

  String statement(String name) {
    return statements.getOrDefault(name, "");
  }

  /** What comes before the first message that has a type (manual, 53.2.1 and 53.2.11). */
  @Override
  boolean start(Direction requests, Direction answers) throws IOException {
    while (true) {
      byte[] body = new byte[requests.from().readInt() - 4];
      requests.from().readFully(body);
      requests.to().writeInt(body.length + 4);
      requests.to().write(body);
      requests.to().flush();
      switch (ByteBuffer.wrap(body).getInt()) {
        case SSL_REQUEST, GSS_REQUEST -> {
          answers.to().write(answers.from().readByte());
          answers.to().flush();
        }
        case CANCEL_REQUEST -> {
          return false;
        }
        default -> {
          String[] parameters =
              new String(body, 4, body.length - 4, StandardCharsets.UTF_8).split("\0", -1);
          for (int i = 0; i + 1 < parameters.length; i += 2) {
            if (parameters[i].equals("application_name")) {
              named(parameters[i + 1]);
            }
          }
          return true;
        }
      }
    }
  }

  @Override
  Message read(DataInputStream from, boolean toServer) throws IOException {
    char type = (char) from.readUnsignedByte();
    byte[] body = new byte[from.readInt() - 4];
    from.readFully(body);
    PostgresMessage message = new PostgresMessage(this, toServer, type, body);
    if (toServer && type == 'P') {
      statements.put(message.statementName(), message.sql());
    }
    return message;
  }

  @Override
  void write(Message given, DataOutputStream to) throws IOException {
    PostgresMessage message = (PostgresMessage) given;
    to.writeByte(message.type());
    to.writeInt(message.body().length + 4);
    to.write(message.body());
  }

  @Override
  void note(Message given) {
    super.note(given);
    PostgresMessage message = (PostgresMessage) given;
    if (message.isLogBegin()) {
      logTransactionBegun();
    }
    // ReadyForQuery, outside of any transaction.
    if (!message.toServer() && message.type() == 'Z' && message.body()[0] == 'I') {
      transactionEnded();
    }
  }
}
