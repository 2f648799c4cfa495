package io.tidemark.faults;

import io.tidemark.faults.StreamState.Session;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;

/** {@code pg_terminate_backend} on each session of the stream, one role after the other. */
final class SessionsTerminated implements Fault {

  @Override
  public String name() {
    return "pg_terminate_backend on each session in turn";
  }

  @Override
  public void inject(Round round) throws Exception {
    List<String> roles =
        round.stream().sessions().stream().map(Session::role).distinct().sorted().toList();
    for (String role : roles) {
      if (isMissed(round, role)) {
        round.await("a session " + role, () -> !find(round, role).isEmpty());
      }
      terminate(round, role);
    }
  }

  /**
   * All of one role: the one that has exported a snapshot is not missed, those that read it are.
   */
  private static void terminate(Round round, String role) throws Exception {
    long epoch = round.watch().epoch();
    List<Session> sessions = find(round, role);
    for (Session session : sessions) {
      session.terminate();
    }
    round.startClock();
    round.await(
        "rid of the sessions " + role,
        () -> Collections.disjoint(sessions, round.stream().sessions()));
    if (isMissed(round, role)) {
      round.await(
          "taken over after the end of session " + role, () -> round.watch().epoch() > epoch);
    }
  }

  /** The others are idle, and not missed before there is a chunk to write or a key to look up. */
  private static boolean isMissed(Round round, String role) {
    return switch (role) {
      case "control", "log" -> true;
      case "snapshot" -> round.phase() == Phase.COPY;
      case "write-0" -> round.phase() == Phase.STREAM;
      default -> false;
    };
  }

  private static List<Session> find(Round round, String role) throws SQLException {
    long epoch = round.watch().epoch();
    return round.stream().sessions().stream()
        .filter(session -> session.epoch() == epoch && session.role().equals(role))
        .toList();
  }
}
