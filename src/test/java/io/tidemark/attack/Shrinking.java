package io.tidemark.attack;

import io.tidemark.attack.Step.Act;

/** Makes a seed with a finding as short as it can be. */
final class Shrinking {

  private Shrinking() {}

  /** The same with each step left out without which it ends the same way. */
  static Scenario shrink(Pit pit, Scenario found, Verdict.End end) throws Exception {
    Scenario least = found;
    for (int i = found.steps().size() - 1; i >= 0; i--) {
      if (least.steps().get(i).isSql() || least.steps().get(i).act() == Act.WAIT) {
        least = shorter(pit, least, i, end);
      }
    }
    for (int i = least.steps().size() - 1; i >= 0; i--) {
      least = shorter(pit, least, i, end);
    }
    return least;
  }

  private static Scenario shorter(Pit pit, Scenario whole, int index, Verdict.End end)
      throws Exception {
    Scenario fewer = whole.without(index);
    return Trial.of(pit, fewer).end() == end ? fewer : whole;
  }
}
