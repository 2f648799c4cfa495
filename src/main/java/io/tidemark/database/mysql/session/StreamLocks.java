package io.tidemark.database.mysql.session;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.Ledger;
import io.tidemark.database.mysql.session.StreamSource.Role;
import io.tidemark.settings.StreamNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks the sessions by which a stream reads with user-level locks (MySQL manual, 14.14), so that a
 * later one can find and end those that a dead job left open. The list of sessions would need a
 * privilege to see their names, or a performance schema; who holds a lock may be asked by anybody,
 * and an account may end its own sessions. Sessions that only ask, as those of whoever watches a
 * job, are not marked: they hold nothing, and are nobody's former ones.
 *
 * <p>A session holds two locks: one that is named after its role, by which it is found, and one
 * that is named after its epoch too, which tells whose it is. A stream's epochs begin with the
 * time, and each is the one before and {@link Ledger#EPOCH_STRIDE}, so that a stream of the same
 * name in another target's ledger has others.
 */
public final class StreamLocks {

  private static final Logger LOG = LoggerFactory.getLogger(StreamLocks.class);

  /** Sessions of one role beyond these are not marked. */
  private static final int MOST_PER_ROLE = 48;

  /** Several of the heartbeats that a reader of the log asks for. */
  private static final Duration LINGERING = Duration.ofSeconds(4);

  private static final int KILL_DENIED = 1095;
  private static final int NO_SUCH_THREAD = 1094;

  /** A later start is one of few that were made at once. */
  private static final int NEIGHBOURS = 64;

  /**
   * A session is ended by the next start that reaches the source: so many starts may have failed
   * before, half a day of them.
   */
  private static final int FORMER = 4_096;

  private static final int ASKED_AT_ONCE = 512;

  private static final int BASE = 36;

  private final MySqlQueries queries;
  private final String stream;
  private final long epoch;

  /**
   * Borrows the session, whose locks it takes and from which it asks.
   *
   * @param epoch under which it was opened
   */
  public StreamLocks(MySqlQueries queries, String stream, long epoch) {
    this.queries = queries;
    this.stream = stream;
    this.epoch = epoch;
  }

  /**
   * One of a role's marks: the lock by which a session is found, and the one that says whose it is,
   * which is to be taken first.
   */
  public record Mark(String lock, String owner) {}

  /** A session that is open. */
  public record Holder(long connection, Role role, int number) {
    /** For messages. */
    public String inWords() {
      return "connection " + connection + " (" + role.print() + ")";
    }
  }

  /** Marks this session. Lasts as long as it does. */
  public void mark(Role role) {
    for (Mark mark : marks(stream, epoch, role)) {
      if (isTaken(mark.owner()) && isTaken(mark.lock())) {
        return;
      }
    }
  }

  private boolean isTaken(String lock) {
    return queries.one("marking a session", take(lock), row -> row.getInt(1) == 1);
  }

  /** The statement that takes a lock if it is free, and says 1 then. */
  public static String take(String lock) {
    return "SELECT GET_LOCK(" + Identifiers.literal(lock) + ", 0)";
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
              holders.add(new Holder(holder.get(), roles.get(i), i % MOST_PER_ROLE));
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
      pause();
      holders = others();
    }
    return holders;
  }

  /**
   * Ends the sessions that earlier epochs of this stream left open. Those of later ones are left to
   * whoever has the stream now.
   *
   * @throws DatabaseException fatal, before any is ended, if there are sessions of another stream
   *     of the same name
   */
  public void endFormer() {
    long deadline = System.nanoTime() + LINGERING.toNanos();
    List<Holder> former = new ArrayList<>();
    while (true) {
      former.clear();
      Optional<Holder> foreign = Optional.empty();
      for (Holder holder : others()) {
        OptionalLong opened = epochOf(holder);
        if (opened.isEmpty() || opened.getAsLong() == epoch) {
          foreign = Optional.of(holder);
        } else if (opened.getAsLong() < epoch) {
          former.add(holder);
        }
      }
      if (foreign.isEmpty()) {
        break;
      }
      if (System.nanoTime() > deadline) {
        throw foreign(foreign.get());
      }
      pause();
    }
    former.forEach(this::end);
  }

  /** What a start is refused with where a session is not that of a former epoch. */
  public DatabaseException foreign(Holder holder) {
    return new DatabaseException(
        DatabaseException.Kind.FATAL,
        "source: "
            + holder.inWords()
            + " is open for a stream named "
            + stream
            + ", but the target's ledger knows nothing of it: a job of the same name copies to"
            + " another target. Give this job another name, or stop the other one. If there is no"
            + " other one, a Tidemark of before has left the session open: KILL "
            + holder.connection()
            + " at the source, and start again");
  }

  /** Under which of the epochs around this one a session was opened; empty if under none. */
  private OptionalLong epochOf(Holder holder) {
    OptionalLong found = OptionalLong.empty();
    for (int start = -NEIGHBOURS; start < FORMER && found.isEmpty(); start += ASKED_AT_ONCE) {
      found = epochOf(holder, start, Math.min(FORMER, start + ASKED_AT_ONCE));
    }
    return found;
  }

  /**
   * @param first how many starts before this one to begin with
   * @param end where to end, itself not asked for
   */
  private OptionalLong epochOf(Holder holder, int first, int end) {
    List<Long> candidates =
        IntStream.range(first, end)
            .mapToObj(start -> epoch - start * Ledger.EPOCH_STRIDE)
            .filter(candidate -> candidate > 0)
            .toList();
    if (candidates.isEmpty()) {
      return OptionalLong.empty();
    }
    List<String> columns =
        candidates.stream()
            .map(candidate -> owner(stream, candidate, holder.role(), holder.number()))
            .map(owner -> "IS_USED_LOCK(" + Identifiers.literal(owner) + ")")
            .toList();
    return queries.one(
        "asking whose a session is",
        "SELECT " + String.join(", ", columns),
        row -> {
          for (int i = 0; i < candidates.size(); i++) {
            String connection = row.getString(i + 1);
            if (connection != null && Long.parseLong(connection) == holder.connection()) {
              return OptionalLong.of(candidates.get(i));
            }
          }
          return OptionalLong.empty();
        });
  }

  private void pause() {
    queries.one("waiting for sessions that are gone", "SELECT SLEEP(0.1)", row -> row.getInt(1));
  }

  /** Ends the stream's sessions other than this one. One that may not be ended is left. */
  public void endOthers() {
    others().forEach(this::end);
  }

  private void end(Holder holder) {
    try {
      queries.execute("ending a session of the stream", "KILL " + holder.connection());
    } catch (DatabaseException e) {
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

  private String name(Role role, int number) {
    return name(stream, role, number);
  }

  /** The marks of a role, of which a session takes the first that is free. */
  public static List<Mark> marks(String stream, long epoch, Role role) {
    return IntStream.range(0, MOST_PER_ROLE)
        .mapToObj(n -> new Mark(name(stream, role, n), owner(stream, epoch, role, n)))
        .toList();
  }

  /** Names of locks have 64 characters at most, without regard to case. */
  private static String name(String stream, Role role, int number) {
    return StreamNames.sessionPrefix(stream) + role.print() + ":" + number;
  }

  private static String owner(String stream, long epoch, Role role, int number) {
    return StreamNames.sessionPrefix(stream)
        + Long.toString(epoch, BASE)
        + "."
        + role.ordinal()
        + number;
  }
}
