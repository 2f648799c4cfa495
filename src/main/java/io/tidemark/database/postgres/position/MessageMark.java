package io.tidemark.database.postgres.position;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A message that was left in the log, with a content that nobody else can have written: whoever
 * finds it reads the history in which it was written, and has everything before it.
 *
 * @param token its content, random
 * @param before where the log ended when it had been written: it lies before this place
 */
public record MessageMark(String token, PostgresLsn before) {

  /** Of the messages that carry one; there are others by the same prefix. */
  public static final String PREFIX = "tidemark";

  private static final Pattern TOKEN = Pattern.compile("[0-9a-f-]{36}");

  /**
   * @throws IllegalArgumentException if {@code token} is not one
   */
  public MessageMark {
    if (!TOKEN.matcher(token).matches()) {
      throw new IllegalArgumentException(
          "not a message's mark: '" + PostgresPositions.shown(token) + "'");
    }
  }

  /** For a message that is still to be written: from a strong source of random numbers. */
  public static String newToken() {
    return UUID.randomUUID().toString();
  }

  /** The form that {@link #parse} reads. */
  public static String print(List<MessageMark> marks) {
    return marks.stream()
        .map(mark -> mark.token() + "=" + mark.before().print())
        .collect(Collectors.joining(";"));
  }

  /**
   * @throws IllegalArgumentException if it is malformed, or there is none
   */
  public static List<MessageMark> parse(String printed) {
    List<MessageMark> marks = new ArrayList<>();
    for (String mark : printed.split(";", -1)) {
      int equals = mark.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException(
            "not a message's mark: '" + PostgresPositions.shown(mark) + "'");
      }
      marks.add(
          new MessageMark(
              mark.substring(0, equals), PostgresLsn.parse(mark.substring(equals + 1))));
    }
    return marks;
  }
}
