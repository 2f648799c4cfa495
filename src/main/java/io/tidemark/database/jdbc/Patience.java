package io.tidemark.database.jdbc;

import io.tidemark.settings.ConnectionSpec;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketOption;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.net.ExtendedSocketOptions;

/**
 * How long a connection may be silent until it is taken for dead. Nothing tells a client that the
 * packets of its connection go nowhere any more: without limits it waits for an answer for ever.
 *
 * <p>Two things notice. The kernel asks the other one now and then whether it is there ({@link
 * #keepAlive}), whatever it is doing: that goes for every connection, also for one that builds an
 * index for hours. And a session whose statements do not take so long waits for an answer for
 * {@link #answer} at most, which notices a server or something on the way to it that takes packets
 * and does nothing with them, too.
 */
public final class Patience {

  private static final Duration ANSWER = Duration.ofMinutes(10);

  /**
   * A server that has no change to tell says that it is there when it is asked, or once a second.
   * PostgreSQL's comes to that only twice a minute while it goes through a large transaction.
   */
  private static final Duration LOG = Duration.ofMinutes(2);

  private static final Duration LONGEST_ASK = Duration.ofSeconds(10);

  /** While a connection is made, and its session is prepared. */
  public static final Duration OPENING = Duration.ofSeconds(30);

  private static final Pattern OF_URL = Pattern.compile("[?&]socketTimeout=([0-9]{1,9})(?=&|$)");

  /** In seconds; six questions that nobody answers are the end. */
  private static final Map<SocketOption<Integer>, Integer> PROBES =
      Map.of(
          ExtendedSocketOptions.TCP_KEEPIDLE, 30,
          ExtendedSocketOptions.TCP_KEEPINTERVAL, 10,
          ExtendedSocketOptions.TCP_KEEPCOUNT, 6);

  private final Duration answer;
  private final Duration log;

  private Patience(Duration answer, Duration log) {
    this.answer = answer;
    this.log = log;
  }

  /**
   * What a URL asks for with {@code socketTimeout}, or else what is usual.
   *
   * @param unit of the number in the URL: drivers differ
   */
  public static Patience of(ConnectionSpec spec, Duration unit) {
    Matcher own = OF_URL.matcher(spec.url());
    if (own.find() && Integer.parseInt(own.group(1)) > 0) {
      Duration wanted = unit.multipliedBy(Integer.parseInt(own.group(1)));
      return new Patience(wanted, wanted);
    }
    return new Patience(ANSWER, LOG);
  }

  /** How long an answer is waited for by a session that does nothing that takes long. */
  public Duration answer() {
    return answer;
  }

  /** How long a log may be silent that has been asked to say something. */
  public Duration log() {
    return log;
  }

  /** After how much of that silence it is asked. */
  public Duration ask() {
    Duration some = log.dividedBy(4);
    return some.compareTo(LONGEST_ASK) < 0 ? some : LONGEST_ASK;
  }

  /**
   * Lets the kernel find out within about a minute and a half that the other side is gone, as long
   * as nothing is on its way there. While something is, it tries for its own time again, a quarter
   * of an hour with Linux's {@code net.ipv4.tcp_retries2}.
   */
  public static void keepAlive(Socket socket) throws IOException {
    socket.setKeepAlive(true);
    for (Map.Entry<SocketOption<Integer>, Integer> probe : PROBES.entrySet()) {
      if (socket.supportedOptions().contains(probe.getKey())) {
        socket.setOption(probe.getKey(), probe.getValue());
      }
    }
  }
}
