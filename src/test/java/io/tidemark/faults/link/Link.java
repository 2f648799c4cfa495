package io.tidemark.faults.link;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** One connection through a proxy: a thread for each direction. */
public abstract class Link {

  private static final int BUFFER = 1 << 16;

  private final Proxy proxy;
  private final Socket client;
  private final Socket server;
  private final Set<String> transaction = ConcurrentHashMap.newKeySet();
  private final AtomicLong copied = new AtomicLong();
  private final AtomicLong logChanges = new AtomicLong();
  private final AtomicInteger directionsEnded = new AtomicInteger();
  private volatile String session = "";

  Link(Proxy proxy, Socket client, Socket server) {
    this.proxy = proxy;
    this.client = client;
    this.server = server;
  }

  /** One direction of a connection. */
  record Direction(DataInputStream from, DataOutputStream to) {}

  /** The name that the stream has given the session; empty before it is known. */
  public String session() {
    return session;
  }

  void named(String name) {
    session = name;
  }

  /** Whether something of this kind was executed in the present transaction. */
  public boolean hasExecuted(String part) {
    return transaction.stream().anyMatch(sql -> sql.contains(part));
  }

  /** How many messages of rows have passed since the last statement. */
  public long copied() {
    return copied.get();
  }

  /** How many changes have passed of the transaction that is being read from the log. */
  public long logChanges() {
    return logChanges.get();
  }

  void transactionEnded() {
    transaction.clear();
  }

  void logTransactionBegun() {
    logChanges.set(0);
  }

  /** Returns when the connection has come to its end. */
  void run() {
    try {
      Direction requests = new Direction(input(client), output(server));
      Direction answers = new Direction(input(server), output(client));
      if (start(requests, answers)) {
        Proxy.daemon(() -> pump(answers, false), "proxy-answers");
        pump(requests, true);
      } else {
        cut();
      }
    } catch (IOException e) {
      // One of the two has closed or reset its connection, and the other one learns of it.
      cut();
    }
  }

  /**
   * Passes on what comes before the first message.
   *
   * @return whether messages follow
   */
  abstract boolean start(Direction requests, Direction answers) throws IOException;

  /**
   * Reads a whole message.
   *
   * @throws EOFException if there is none any more
   */
  abstract Message read(DataInputStream from, boolean toServer) throws IOException;

  abstract void write(Message message, DataOutputStream to) throws IOException;

  private void pump(Direction direction, boolean toServer) {
    DataOutputStream to = direction.to();
    try {
      while (true) {
        if (direction.from().available() == 0) {
          to.flush();
        }
        Message message = read(direction.from(), toServer);
        Trap.Fate fate = proxy.pass(message);
        if (fate == Trap.Fate.ENDS_CONNECTION) {
          break;
        }
        if (fate == Trap.Fate.IS_LOST) {
          continue;
        }
        note(message);
        write(message, to);
      }
    } catch (EOFException ended) {
      endInOrder(to, toServer ? server : client);
      return;
    } catch (IOException e) {
      // Reset, or cut here by the other direction: the cut below tells the other side.
      flush(to);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    cut();
  }

  /** One side has said all that it will; the other one may still answer. */
  private void endInOrder(DataOutputStream to, Socket socket) {
    flush(to);
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      cut();
    }
    if (directionsEnded.incrementAndGet() == 2) {
      cut();
    }
  }

  /** Keeps what later messages may be judged by. */
  void note(Message message) {
    if (message.executes()) {
      transaction.add(message.sql());
      copied.set(0);
    }
    if (message.isCopy()) {
      copied.incrementAndGet();
    }
    if (message.isLogChange()) {
      logChanges.incrementAndGet();
    }
  }

  /** Resets both connections: neither side is told why. */
  void cut() {
    cut(client);
    cut(server);
    proxy.ended(this);
  }

  static void cut(Socket socket) {
    try (socket) {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // It is closed already.
      return;
    }
  }

  private static void flush(DataOutputStream to) {
    try {
      to.flush();
    } catch (IOException e) {
      // That side is gone too.
      return;
    }
  }

  private static DataInputStream input(Socket socket) throws IOException {
    return new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER));
  }

  private static DataOutputStream output(Socket socket) throws IOException {
    return new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), BUFFER));
  }
}
