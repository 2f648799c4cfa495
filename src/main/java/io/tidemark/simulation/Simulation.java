package io.tidemark.simulation;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.FencedException;
import io.tidemark.protocol.LogGate;
import io.tidemark.protocol.Resumption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One schedule: a while in which anything may happen, crashes included, then a while without, in
 * which the copy has to come to its end. Everything follows from the {@link Choices}.
 */
final class Simulation {

  private static final int MOST_ZOMBIES = 2;
  private static final int CALM_ROUNDS = 400;
  private static final int CALM_STEPS_PER_ROUND = 20;
  private static final SimulatedJob.Part[] PARTS = SimulatedJob.Part.values();

  private final World world;
  private final Choices choices;

  /**
   * Keys are copied again only if much comes together: many small cycles, large rows that move, a
   * busy source. So some schedules have all of it.
   */
  private final boolean reopensOften;

  private final SimulatedJob.Settings settings;
  private final List<SimulatedJob> zombies = new ArrayList<>();
  private int submissions = 1;
  private SimulatedJob job;

  private Simulation(Choices choices, Optional<Rule> without, Trace trace, RuleCounts counts) {
    this.choices = choices;
    choices.nextGroup();
    SimulatedPositions format = new SimulatedPositions();
    this.reopensOften = choices.below(3) == 2;
    int sessions = choices.below(3);
    boolean brackets = sessions == 2 && !reopensOften;
    boolean isChangelog = !reopensOften && !brackets && choices.below(2) == 1;
    SimulatedSource source =
        new SimulatedSource(choices, format, trace, counts, reopensOften, brackets, isChangelog);
    SimulatedTarget target = new SimulatedTarget(source, format, without, trace, counts);
    Optional<SimulatedDownstream> downstream =
        isChangelog
            ? Optional.of(new SimulatedDownstream(source, format, trace))
            : Optional.empty();
    if (isChangelog) {
      counts.add(RuleCounts.Decision.CHANGELOGS);
    }
    this.world =
        new World(
            source, target, downstream, format, choices, without, trace, counts, new ArrayList<>());
    int parallelism = 1 + choices.below(3);
    this.settings =
        new SimulatedJob.Settings(
            parallelism,
            sessions == 0,
            reopensOften ? 20 : new long[] {60, 20, 300}[choices.below(3)],
            reopensOften ? 1 : new int[] {SimulatedSource.KEYS, 3, 1}[choices.below(3)],
            new int[] {100, 4, 2}[choices.below(3)],
            new int[] {LogGate.MOST_REOPENED, 1, 0}[parallelism - 1],
            1 + choices.below(4));
    this.job = new SimulatedJob(world, settings, "submission 1", Resumption.Checkpoint.NONE);
  }

  /**
   * Runs a schedule.
   *
   * @throws Violation if something happened that must not
   */
  static void run(Choices choices, Optional<Rule> without, Trace trace, RuleCounts counts) {
    try {
      new Simulation(choices, without, trace, counts).run();
    } catch (Violation violation) {
      throw violation;
    } catch (RuntimeException failure) {
      throw new Violation("the job fails: " + failure, failure);
    }
  }

  private void run() {
    int[] weights = new int[PARTS.length];
    int total = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = new int[] {2, 5, 12}[choices.below(3)];
      total += weights[i];
    }
    int sourceWeight = reopensOften ? 50 : new int[] {10, 25, 50}[choices.below(3)];
    int crashOneIn = new int[] {1_000_000, 200, 40}[choices.below(3)];
    if (reopensOften) {
      crashOneIn = Math.min(crashOneIn, 70);
    } else if (world.downstream().isPresent()) {
      // Exposed ranges come with crashes only.
      crashOneIn = Math.min(crashOneIn, 40);
    }
    int zombieOneIn = new int[] {1000, 4, 2}[choices.below(3)];
    boolean isLong = reopensOften || world.downstream().isPresent();
    int steps = choices.steps((isLong ? 300 : 80) + choices.below(400));
    for (int i = 0; i < steps; i++) {
      choices.nextGroup();
      int chosen = choices.below(sourceWeight + total);
      if (chosen < sourceWeight) {
        world.source().step();
        continue;
      }
      int part = 0;
      for (chosen -= sourceWeight; chosen >= weights[part]; part++) {
        chosen -= weights[part];
      }
      int which = choices.below(12);
      if (choices.oneIn(crashOneIn)) {
        crash();
      } else if (!zombies.isEmpty() && choices.oneIn(zombieOneIn)) {
        stepZombie(zombies.get(choices.below(zombies.size())), PARTS[part], which);
      } else {
        stepFrom(part, which);
      }
    }
    choices.becomePlain();
    calmDown();
  }

  /** A step in which nothing can happen is a step wasted: the next part has its turn then. */
  private void stepFrom(int part, int which) {
    for (int i = 0; i < PARTS.length; i++) {
      SimulatedJob.Part turn = PARTS[(part + i) % PARTS.length];
      if ((i == 0 || !turn.isClockwork()) && step(turn, which)) {
        return;
      }
    }
  }

  private boolean step(SimulatedJob.Part part, int which) {
    try {
      return job.step(part, which);
    } catch (FencedException fenced) {
      requireOvertaken(fenced);
      // What was left of another submission has taken the stream over; somebody starts it anew.
      submissions++;
      replace(Resumption.Checkpoint.NONE);
      return true;
    } catch (DatabaseException overtaken) {
      requireOvertaken(overtaken);
      world.counts().add(RuleCounts.Decision.ATTEMPTS_OVERTAKEN);
      replace(latest());
      return true;
    }
  }

  private void requireOvertaken(RuntimeException failure) {
    if (world.target().books().owner.epoch() == job.epoch()) {
      throw new Violation("the newest job fails: " + failure.getMessage(), failure);
    }
  }

  private void stepZombie(SimulatedJob zombie, SimulatedJob.Part part, int which) {
    try {
      zombie.step(part, which);
    } catch (FencedException | DatabaseException fenced) {
      world
          .counts()
          .add(
              zombie.epoch() == 0
                  ? RuleCounts.Decision.SUBMISSIONS_REFUSED
                  : RuleCounts.Decision.WRITERS_FENCED);
      world.trace().say(() -> "the zombie of epoch " + zombie.epoch() + " is fenced");
      zombies.remove(zombie);
    }
  }

  /** Every part of the job dies or goes on unknown to its successor. */
  private void crash() {
    world.counts().add(RuleCounts.Decision.CRASHES);
    world.trace().say(() -> "the job of epoch " + job.epoch() + " is replaced");
    // Where nothing is fenced, whoever runs the job ends what is left of it.
    int survivors = world.downstream().isPresent() ? 0 : choices.below(4);
    if (survivors > 0) {
      for (SimulatedJob.Part part : PARTS) {
        boolean writer = part == SimulatedJob.Part.SINKS;
        if (survivors == 1 && !writer || survivors == 2 && !writer && choices.below(2) == 0) {
          job.lose(part);
        }
      }
      zombies.add(job);
      if (zombies.size() > MOST_ZOMBIES) {
        zombies.remove(0);
      }
    }
    if (world.source().crash()) {
      zombies.forEach(SimulatedJob::loseSource);
    }
    restart();
  }

  /** From the latest checkpoint, from any older one, or from the ledger alone. */
  private void restart() {
    if (world.downstream().isPresent()) {
      replace(latest());
      return;
    }
    int from = choices.below(4);
    if (choices.oneIn(4)) {
      submissions++;
    }
    List<Resumption.Checkpoint> completed = world.completed();
    if (from == 3) {
      world.counts().add(RuleCounts.Decision.RESTARTS_FROM_LEDGER);
      replace(Resumption.Checkpoint.NONE);
    } else if (from == 2 && completed.size() > 1) {
      world.counts().add(RuleCounts.Decision.RESTARTS_FROM_OLDER_CHECKPOINT);
      replace(completed.get(choices.below(completed.size() - 1)));
    } else {
      replace(latest());
    }
  }

  private Resumption.Checkpoint latest() {
    List<Resumption.Checkpoint> completed = world.completed();
    return completed.isEmpty() ? Resumption.Checkpoint.NONE : completed.get(completed.size() - 1);
  }

  private void replace(Resumption.Checkpoint from) {
    job = new SimulatedJob(world, settings, "submission " + submissions, from);
  }

  private void calmDown() {
    world.source().settle();
    for (int round = 0; round < CALM_ROUNDS; round++) {
      for (SimulatedJob.Part part : PARTS) {
        settle(part);
      }
      for (SimulatedJob zombie : List.copyOf(zombies)) {
        stepZombie(zombie, SimulatedJob.Part.SINKS, round);
      }
      if (isDone()) {
        world.downstream().ifPresent(SimulatedDownstream::requireEqual);
        return;
      }
    }
    throw Violation.livelock(
        "nothing crashes any more, and yet the copy does not come to its end; the ledger stands at "
            + world.target().books().place
            + ", and the source has discarded its log up to "
            + world.source().discarded()
            + ", of "
            + world.source().log().size());
  }

  private void settle(SimulatedJob.Part part) {
    int most = part.isClockwork() ? 1 : CALM_STEPS_PER_ROUND;
    int done = 0;
    while (done < most && step(part, done)) {
      done++;
    }
  }

  private boolean isDone() {
    if (!job.isRunning()) {
      return false;
    }
    if (world.downstream().isPresent()) {
      return world.downstream().get().isDone() && isConfirmed();
    }
    return world.target().books().consistent
        && world.target().books().place == world.source().log().size()
        && isConfirmed();
  }

  private boolean isConfirmed() {
    return Math.max(world.source().discarded(), job.startedAt()) == world.source().log().size();
  }
}
