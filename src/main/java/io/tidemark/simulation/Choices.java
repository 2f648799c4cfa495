package io.tidemark.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Everything that is left to chance in a schedule, in groups: one for the set-up, then one per
 * step. Drawn from a seed, or replayed from the groups of an earlier run, some of which may have
 * been left out: a replay with fewer groups is a shorter schedule. 0 is the plainest choice, and
 * what a replay gives when its group is used up. Used by one thread.
 */
final class Choices {

  private static final int[] NONE = {};

  private long state;
  private final List<int[]> replayed;
  private final boolean replaying;
  private final boolean recording;
  private final List<int[]> recorded = new ArrayList<>();
  private int[] group = NONE;
  private int used;
  private int groups;
  private boolean plain;

  private Choices(long seed, boolean recording, boolean replaying, List<int[]> replayed) {
    this.state = seed;
    this.recording = recording;
    this.replaying = replaying;
    this.replayed = replayed;
  }

  static Choices ofSeed(long seed) {
    return new Choices(seed, false, false, List.of());
  }

  static Choices recording(long seed) {
    return new Choices(seed, true, false, List.of());
  }

  static Choices replaying(List<int[]> groups) {
    return new Choices(0, false, true, groups);
  }

  /** Starts the next group. */
  void nextGroup() {
    keep();
    groups++;
    used = 0;
    if (replaying) {
      group = groups <= replayed.size() ? replayed.get(groups - 1) : NONE;
    } else {
      group = recording ? new int[8] : NONE;
    }
  }

  /** From here on every choice is the plainest one. */
  void becomePlain() {
    keep();
    group = NONE;
    plain = true;
  }

  /** A number from 0 to {@code bound - 1}. */
  int below(int bound) {
    if (plain || bound <= 1) {
      return 0;
    }
    if (replaying) {
      return used < group.length ? Math.min(group[used++], bound - 1) : 0;
    }
    int chosen = (int) ((next() >>> 33) % bound);
    if (recording) {
      if (used == group.length) {
        group = Arrays.copyOf(group, used * 2);
      }
      group[used++] = chosen;
    }
    return chosen;
  }

  /** True once in {@code times} on average; never, where choices are plain. */
  boolean oneIn(int times) {
    return below(times) == times - 1 && !plain;
  }

  /** How many steps the schedule has: {@code drawn}, unless it is a replay. */
  int steps(int drawn) {
    return replaying ? replayed.size() - 1 : drawn;
  }

  /** The groups of this run so far. */
  List<int[]> recorded() {
    keep();
    return recorded;
  }

  private void keep() {
    if (recording && !plain && groups > recorded.size()) {
      recorded.add(Arrays.copyOf(group, used));
    }
  }

  /** SplitMix64. */
  private long next() {
    state += 0x9E3779B97F4A7C15L;
    long mixed = state;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
