package io.tidemark.faults;

import java.util.Set;

/**
 * Something that goes wrong around a running job. One fault may strike several rounds, one after
 * the other, and keeps what it has to undo from {@link #inject} to {@link #heal}.
 */
interface Fault {

  /** What has to be true of the job afterwards, besides everything that is always true. */
  enum Leaves {
    /** It has been restarted: the stream is under a newer epoch. */
    NEW_EPOCH,
    /** It has gone on by itself, under the same epoch. */
    SAME_EPOCH,
    /** It depends on the moment. */
    EITHER
  }

  /** As it is called in reports. */
  String name();

  /** When it can strike. */
  default Set<Phase> phases() {
    return Set.of(Phase.values());
  }

  default Leaves leaves() {
    return Leaves.NEW_EPOCH;
  }

  /** Before the round's job is started for the first time. */
  default void prepare(Round round) throws Exception {}

  /** Returns once it has struck; in the copy, the copy is held until then. */
  void inject(Round round) throws Exception;

  /** Makes everything around the job whole again. Recovery is timed from here. */
  default void heal(Round round) throws Exception {}

  /** After the round's databases are gone. Also called if it has never been injected. */
  default void cleanUp(Round round) throws Exception {}
}
