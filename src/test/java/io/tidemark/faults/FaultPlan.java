package io.tidemark.faults;

import io.tidemark.endtoend.fixture.Thoroughness;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which faults strike one stream, and when: at most one in the copy, which is first, and any number
 * after it.
 */
record FaultPlan(List<Strike> strikes) {

  /** A fault at its moment. */
  record Strike(Fault fault, Phase phase) {}

  /**
   * All of the faults: each in every phase, on a stream of its own, where everything is wanted; or
   * else each in one phase, in as few streams as there are faults in the copy.
   */
  static List<FaultPlan> of(List<Fault> faults) {
    if (Thoroughness.isWhole()) {
      return faults.stream()
          .map(
              fault ->
                  new FaultPlan(
                      Stream.of(Phase.values())
                          .filter(fault.phases()::contains)
                          .map(phase -> new Strike(fault, phase))
                          .toList()))
          .toList();
    }
    List<List<Strike>> streams = new ArrayList<>();
    List<Fault> later = new ArrayList<>();
    for (int i = 0; i < faults.size(); i++) {
      Fault fault = faults.get(i);
      if (isForTheCopy(fault, i)) {
        streams.add(new ArrayList<>(List.of(new Strike(fault, Phase.COPY))));
      } else {
        later.add(fault);
      }
    }
    if (streams.isEmpty()) {
      streams.add(new ArrayList<>());
    }
    for (int i = 0; i < later.size(); i++) {
      streams.get(i % streams.size()).add(new Strike(later.get(i), Phase.STREAM));
    }
    return streams.stream().map(FaultPlan::new).toList();
  }

  /** By turns, also where faults come in pairs, unless there is but one phase for it. */
  private static boolean isForTheCopy(Fault fault, int index) {
    return fault.phases().contains(Phase.COPY)
        && (!fault.phases().contains(Phase.STREAM) || (index + index / 2) % 2 == 0);
  }

  List<Fault> faults() {
    return strikes.stream().map(Strike::fault).distinct().toList();
  }

  /** For people. */
  String print() {
    return strikes.stream()
        .map(strike -> strike.fault().name() + ", " + strike.phase())
        .collect(Collectors.joining("; "));
  }
}
