package io.tidemark.faults;

import java.time.Duration;

/**
 * How a job came through a fault.
 *
 * @param took from the moment when everything around the job was whole again until the target had
 *     everything that the source had committed by then
 * @param epochs by how many the epoch was raised: by one at a restart, by two at a submission
 */
record Recovery(String fault, Phase phase, Duration took, long epochs) {

  /** One line of a table. */
  String print() {
    return "%-58s %-6s %6d ms   epoch +%d".formatted(fault, phase, took.toMillis(), epochs);
  }
}
