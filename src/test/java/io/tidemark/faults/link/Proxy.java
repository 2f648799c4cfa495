package io.tidemark.faults.link;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * Stands between a job and a database server, and knows where messages begin and end: each of them
 * can be held, or be the last that its connection sees.
 */
public final class Proxy implements AutoCloseable {

  /** Makes links of the protocol that the server speaks. */
  public interface Protocol {
    Link link(Proxy proxy, Socket client, Socket server);
  }

  private static final InetAddress LOCAL = InetAddress.getLoopbackAddress();

  private final int serverPort;
  private final Protocol protocol;
  private final ServerSocket listener;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final List<Trap> traps = new CopyOnWriteArrayList<>();

  public Proxy(int serverPort, Protocol protocol) {
    this.serverPort = serverPort;
    this.protocol = protocol;
    try {
      listener = new ServerSocket(0, 200, LOCAL);
    } catch (IOException e) {
      throw new UncheckedIOException("the proxy finds no port", e);
    }
    daemon(this::accept, "proxy-" + listener.getLocalPort());
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Sets a trap for the first message that {@code where} is true of. */
  public Trap arm(Trap.Spring spring, Predicate<Message> where) {
    return add(new Trap(this, spring, where, true));
  }

  /** Holds every message that {@code where} is true of, until the trap is released. */
  public Trap hold(Predicate<Message> where) {
    return add(new Trap(this, Trap.Spring.STALL, where, false));
  }

  private Trap add(Trap trap) {
    traps.add(trap);
    return trap;
  }

  void remove(Trap trap) {
    traps.remove(trap);
  }

  /** What becomes of a message before it is passed on. May wait. */
  Trap.Fate pass(Message message) throws InterruptedException {
    for (Trap trap : traps) {
      Trap.Fate fate = trap.pass(message);
      if (fate != Trap.Fate.ARRIVES) {
        return fate;
      }
    }
    return Trap.Fate.ARRIVES;
  }

  void ended(Link link) {
    links.remove(link);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        daemon(() -> connect(client), "proxy-link");
      } catch (IOException e) {
        // Only close() ends the loop; a client that was gone before it was accepted does not.
        continue;
      }
    }
  }

  private void connect(Socket client) {
    try {
      client.setTcpNoDelay(true);
      Socket server = new Socket(LOCAL, serverPort);
      server.setTcpNoDelay(true);
      Link link = protocol.link(this, client, server);
      links.add(link);
      link.run();
    } catch (IOException e) {
      // The server is down, which the client learns as it would without a proxy.
      Link.cut(client);
    }
  }

  static void daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the proxy cannot be closed", e);
    }
    traps.forEach(Trap::release);
    links.forEach(Link::cut);
  }
}
