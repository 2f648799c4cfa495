package io.tidemark.database.mysql.session;

import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.settings.StreamNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks the sessions by which a stream reads with user-level locks (MySQL manual, 14.14), so that a
 * later one can find and end those that a dead job left open. The list of sessions would need a
 * privilege to see their names, or a performance schema; who holds a lock may be asked by anybody,
 * and an account may end its own sessions. Sessions that only ask, as those of whoever watches a
 * job, are not marked: they hold nothing, and are nobody's former ones.
 */
public final class StreamLocks {

  private static final Logger LOG = LoggerFactory.getLogger(StreamLocks.class);

  /** Sessions of one role beyond these are not marked. */
  private static final int MOST_PER_ROLE = 48;

  /** Several of the heartbeats that a reader of the log asks for. */
  private static final Duration LINGERING = Duration.ofSeconds(4);

  private static final int KILL_DENIED = 1095;
  private static final int NO_SUCH_THREAD = 1094;

  private final MySqlQueries queries;
  private final String stream;

  /** Borrows the session, whose locks it takes and from which it asks. */
  public StreamLocks(MySqlQueries queries, String stream) {
    this.queries = queries;
    this.stream = stream;
  }

  /** A session that is open. */
  public record Holder(long connection, Role role) {
    /** For messages. */
    public String inWords() {
      return "connection " + connection + " (" + role.print() + ")";
    }
  }

  /** Marks this session. Lasts as long as it does. */
  public void mark(Role role) {
    for (int number = 0; number < MOST_PER_ROLE; number++) {
      boolean taken =
          queries.one(
              "marking a session",
              "SELECT GET_LOCK(" + Identifiers.literal(name(role, number)) + ", 0)",
              row -> row.getInt(1) == 1);
      if (taken) {
        return;
      }
    }
  }

  /** The stream's sessions without this one. */
  public List<Holder> others() {
    List<String> columns = new ArrayList<>();
    List<Role> roles = new ArrayList<>();
    for (Role role : Role.values()) {
      for (int number = 0; number < MOST_PER_ROLE; number++) {
        columns.add("IS_USED_LOCK(" + Identifiers.literal(name(role, number)) + ")");
        roles.add(role);
      }
    }
    return queries.one(
        "looking for the stream's sessions",
        "SELECT CONNECTION_ID(), " + String.join(", ", columns),
        row -> {
          long own = row.getLong(1);
          List<Holder> holders = new ArrayList<>();
          for (int i = 0; i < roles.size(); i++) {
            Optional<Long> holder = Optional.ofNullable(row.getString(i + 2)).map(Long::valueOf);
            if (holder.isPresent() && holder.get() != own) {
              holders.add(new Holder(holder.get(), roles.get(i)));
            }
          }
          return holders;
        });
  }

  /**
   * Those of {@link #others} that are there to stay. The server finds out that a reader of its log
   * is gone when it next sends something, a heartbeat at the latest; until then such a session
   * holds its lock.
   */
  public List<Holder> othersThatStay() {
    long deadline = System.nanoTime() + LINGERING.toNanos();
    List<Holder> holders = others();
    while (!holders.isEmpty() && System.nanoTime() < deadline) {
      queries.one("waiting for sessions that are gone", "SELECT SLEEP(0.1)", row -> row.getInt(1));
      holders = others();
    }
    return holders;
  }

  /** Ends the stream's sessions other than this one. One that may not be ended is left. */
  public void endOthers() {
    for (Holder holder : others()) {
      try {
        queries.execute("ending a session of the stream", "KILL " + holder.connection());
      } catch (io.tidemark.database.DatabaseException e) {
        if (MySqlErrors.is(e, KILL_DENIED)) {
          LOG.warn(
              "{} of stream {} belongs to another account and is left alone: {}",
              holder.inWords(),
              stream,
              e.getMessage());
        } else if (!MySqlErrors.is(e, NO_SUCH_THREAD)) {
          throw e;
        }
      }
    }
  }

  private String name(Role role, int number) {
    return name(stream, role, number);
  }

  /** The names of the locks of a role: 64 characters at most, without regard to case. */
  public static List<String> names(String stream, Role role) {
    return IntStream.range(0, MOST_PER_ROLE).mapToObj(n -> name(stream, role, n)).toList();
  }

  private static String name(String stream, Role role, int number) {
    return StreamNames.sessionPrefix(stream) + role.print() + ":" + number;
  }
}
