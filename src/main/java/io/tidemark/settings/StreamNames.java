package io.tidemark.settings;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * How a stream may be called, and what its sessions are called where a server shows names: by them
 * a newer epoch tells, and ends, those of an older one.
 */
public final class StreamNames {

  /**
   * Above every epoch that a job will ever have, so that a job's start does not take the sessions
   * of whoever only looks for what an older one left; short enough for PostgreSQL's 63 bytes of a
   * session's name.
   */
  public static final long OBSERVER_EPOCH = 999_999_999_999L;

  /** What sessions are for that only look, and are not a job's. */
  private static final Set<String> LOOKS = Set.of("check", "view", "look", "schema", "drop");

  private static final Pattern STREAM = Pattern.compile("[a-z0-9_]{1,40}");

  private StreamNames() {}

  /** Whether a stream can bear the name: 1 to 40 lower-case letters, digits and underscores. */
  public static boolean isOne(String stream) {
    return STREAM.matcher(stream).matches();
  }

  /**
   * Gives the name back if a stream can bear it: what a source puts up for the stream is named
   * after it, and the servers' limits on such names are short.
   *
   * @throws IllegalArgumentException if it cannot
   */
  public static String require(String stream) {
    if (!isOne(stream)) {
      throw new IllegalArgumentException(
          "a stream's name has 1 to 40 lower-case letters, digits and underscores, not '"
              + stream
              + "'");
    }
    return stream;
  }

  /** What the names of all of the stream's sessions start with. */
  public static String sessionPrefix(String stream) {
    return "tidemark:" + stream + ":";
  }

  /**
   * Whether a session of this name only looks, or makes ready, beside the stream's job: those of a
   * job have an epoch in their names.
   */
  public static boolean isOfALook(String stream, String session) {
    return LOOKS.stream().anyMatch(look -> session.equals("tidemark-" + look + ":" + stream))
        || session.equals(session(stream, 0, "check"))
        || session.startsWith(sessionPrefix(stream) + "1:")
        || session.startsWith(sessionPrefix(stream) + OBSERVER_EPOCH + ":");
  }

  /**
   * The name of one session.
   *
   * @param role what it is for, as the last part of the name
   */
  public static String session(String stream, long epoch, String role) {
    return sessionPrefix(stream) + epoch + ":" + role;
  }
}
