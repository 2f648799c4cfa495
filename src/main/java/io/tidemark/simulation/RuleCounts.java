package io.tidemark.simulation;

import io.tidemark.change.RowChange;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How often each rule decided something: what the schedules have reached. Used by one thread. */
final class RuleCounts {

  enum Decision {
    SESSION_REFUSED("sessions refused by the opening rule"),
    HELD_BY_SESSION("times that the log was held by a session"),
    CHANGES_DROPPED("changes dropped"),
    CHANGES_EMITTED("changes emitted"),
    CHANGES_IN_DOUBT("changes emitted that a copy may contain"),
    KEY_CHANGES_SPLIT("key changes split"),
    KEYS_REOPENED("keys reopened"),
    RANGES_CLEARED("truncates of a part of a table"),
    CHUNKS_FAILED("chunks that had to be read again"),
    WRITERS_FENCED("writers fenced"),
    CRASHES("crashes"),
    CHECKPOINTS_FAILED("checkpoints failed");

    private final String words;

    Decision(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  private final Map<Decision, Long> counts = new EnumMap<>(Decision.class);

  void add(Decision decision) {
    add(decision, 1);
  }

  private void add(Decision decision, long times) {
    counts.merge(decision, times, Long::sum);
  }

  void addAll(RuleCounts other) {
    other.counts.forEach(this::add);
  }

  long of(Decision decision) {
    return counts.getOrDefault(decision, 0L);
  }

  List<String> inWords() {
    return Arrays.stream(Decision.values())
        .map(decision -> of(decision) + " " + decision.words())
        .toList();
  }

  void judged(List<RowChange> changes, List<RowChange> emitted) {
    add(Decision.CHANGES_EMITTED, emitted.size());
    add(Decision.CHANGES_DROPPED, Math.max(0, changes.size() - emitted.size()));
    long moves = moves(changes);
    if (moves > 0) {
      add(Decision.KEY_CHANGES_SPLIT, moves - moves(emitted));
    }
    for (RowChange change : emitted) {
      if (change instanceof RowChange.Reopen) {
        add(Decision.KEYS_REOPENED);
      } else if (change instanceof RowChange.Put || change instanceof RowChange.Remove) {
        add(Decision.CHANGES_IN_DOUBT);
      } else if (change instanceof RowChange.Clear) {
        add(Decision.RANGES_CLEARED);
      }
    }
  }

  private static long moves(List<RowChange> changes) {
    return changes.stream()
        .filter(change -> change instanceof RowChange.Update update && update.changesKey())
        .count();
  }
}
