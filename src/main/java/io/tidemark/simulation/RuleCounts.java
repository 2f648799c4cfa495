package io.tidemark.simulation;

import io.tidemark.apply.NetChanges;
import io.tidemark.change.RowChange;
import java.util.Arrays;
import java.util.List;

/** How often each rule decided something: what the schedules have reached. Used by one thread. */
final class RuleCounts {

  enum Decision {
    CYCLES("copy cycles begun"),
    SESSION_REFUSED("sessions refused by the opening rule"),
    HELD_BY_SESSION("times that the log was held by a session"),
    DELIVERED_BEFORE_VISIBLE("transactions processed before they were visible"),
    CHANGES_DROPPED("changes dropped"),
    CHANGES_EMITTED("changes emitted"),
    CHANGES_IN_DOUBT("changes emitted that a copy may contain"),
    KEY_CHANGES_SPLIT("key changes split"),
    KEYS_REOPENED("keys reopened"),
    KEYS_RECOPIED("reopened keys copied again"),
    RANGES_GIVEN_UP("copied ranges given up"),
    RANGES_CLEARED("truncates of a part of a table"),
    CHUNKS_LOADED("chunks loaded"),
    CHUNKS_FAILED("chunks that had to be read again"),
    CYCLES_DURABLE("times that cycles became durable"),
    REACHED_CONSISTENCY("times that the target became consistent"),
    TRANSACTIONS_GATHERED("target transactions of several source transactions"),
    TRANSACTIONS_IN_PIECES("source transactions applied in pieces"),
    CHANGES_NETTED("changes that others made needless"),
    KEYLESS_CHANGES("changes of one row among equal ones"),
    WRITERS_FENCED("writers fenced"),
    SUBMISSIONS_REFUSED("claims of replaced submissions refused"),
    ATTEMPTS_OVERTAKEN("jobs overtaken by a slower attempt of their own"),
    CRASHES("crashes"),
    RESTARTS_FROM_OLDER_CHECKPOINT("restarts from an older checkpoint"),
    RESTARTS_FROM_LEDGER("restarts from the ledger alone"),
    PENDING_RESTORED("restarts with transactions that may not be visible"),
    CHECKPOINTS_COMPLETED("checkpoints completed"),
    CHECKPOINTS_UNNOTICED("checkpoints completed that nobody was told of"),
    CHECKPOINTS_FAILED("checkpoints failed"),
    LOG_CONFIRMED("times that the source was told what it need not keep"),
    ABORTED("source transactions aborted"),
    LONG("long source transactions committed"),
    PREPARED("prepared source transactions committed"),
    REWRITTEN("tables rewritten by DDL"),
    COMMITS_LOST("commits that a crash of the source lost"),
    CHANGELOGS("schedules without a ledger"),
    EXPOSED_CYCLES("cycles that copied what an earlier life may have handed out"),
    GONE_SAID("rows said to be gone that an earlier life may have handed out"),
    SESSIONS_AHEAD("sessions that contained what lies behind something that they did not");

    private final String words;

    Decision(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  private final long[] counts = new long[Decision.values().length];

  void add(Decision decision) {
    counts[decision.ordinal()]++;
  }

  void add(Decision decision, long times) {
    counts[decision.ordinal()] += times;
  }

  void addAll(RuleCounts other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
  }

  long of(Decision decision) {
    return counts[decision.ordinal()];
  }

  /** What did not happen at all. */
  List<String> never() {
    return Arrays.stream(Decision.values())
        .filter(decision -> of(decision) == 0)
        .map(Decision::words)
        .toList();
  }

  List<String> inWords() {
    return Arrays.stream(Decision.values())
        .map(decision -> of(decision) + " " + decision.words())
        .toList();
  }

  void judged(List<RowChange> changes, int emitted) {
    add(Decision.CHANGES_DROPPED, Math.max(0, changes.size() - emitted));
    add(Decision.KEY_CHANGES_SPLIT, moves(changes));
  }

  void emitted(List<RowChange> changes) {
    add(Decision.CHANGES_EMITTED, changes.size());
    add(Decision.KEY_CHANGES_SPLIT, -moves(changes));
    for (RowChange change : changes) {
      if (change instanceof RowChange.Reopen) {
        add(Decision.KEYS_REOPENED);
      } else if (change instanceof RowChange.Uncover) {
        add(Decision.RANGES_GIVEN_UP);
      } else if (change instanceof RowChange.Clear) {
        add(Decision.RANGES_CLEARED);
      } else if (change instanceof RowChange.Put || change instanceof RowChange.Remove) {
        add(Decision.CHANGES_IN_DOUBT);
      }
    }
  }

  void netted(NetChanges gathered) {
    int done = 0;
    for (NetChanges.Step step : gathered.steps()) {
      done +=
          step instanceof NetChanges.Net net
              ? net.batch().removals().size()
                  + net.batch().deletes().size()
                  + net.batch().updates().size()
                  + net.batch().inserts().size()
              : 1;
    }
    add(Decision.CHANGES_NETTED, Math.max(0, gathered.size() - done));
  }

  private static long moves(List<RowChange> changes) {
    long moves = 0;
    for (RowChange change : changes) {
      if (change instanceof RowChange.Update update && update.changesKey()) {
        moves++;
      }
    }
    return moves;
  }
}
