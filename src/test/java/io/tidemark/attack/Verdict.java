package io.tidemark.attack;

import java.util.List;

/**
 * What became of a seed.
 *
 * @param text the message of a stop, or what is wrong
 * @param executed how many statements the source took
 * @param refused how many it did not
 * @param suspects statements that can have caused a stop: those behind the last place that the
 *     target was known to have reached, rows apart
 */
record Verdict(End end, String text, int executed, int refused, List<Step> suspects) {

  /** How it ended. */
  enum End {
    /** The target has the source's rows, and the job runs. */
    EQUAL(false),
    /** The job stopped, with a message that will do, over rows of the source. */
    STOPPED(false),
    /** The job was not started again, with a message that will do. */
    REFUSED(false),
    /** The job runs on over rows that are not the source's. */
    SILENT(true),
    /** The job stopped, and the rows that it left never were the source's. */
    TORN(true),
    /** The job neither goes on nor stops. */
    STUCK(true),
    /** The message of a stop does not say what or what to do. */
    MUTE(true),
    /** After a stop, a start went on over rows that are not the source's. */
    FORGOTTEN(true);

    private final boolean finding;

    End(boolean finding) {
      this.finding = finding;
    }

    boolean isFinding() {
      return finding;
    }
  }

  /** Whether nothing that was done can have made the stop right. */
  boolean isNeedless() {
    return (end == End.STOPPED || end == End.REFUSED)
        && suspects.stream().allMatch(step -> step.weight() == Step.Weight.HARMLESS);
  }
}
