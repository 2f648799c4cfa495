package io.tidemark.faults;

import io.tidemark.faults.link.Message;
import io.tidemark.faults.link.Proxy;
import io.tidemark.faults.link.Trap;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** A connection that is cut, or stands still for a while, at one message of all. */
final class BrokenConnection implements Fault {

  /** How many transactions the source commits while a connection stands still. */
  private static final int STALL_TRANSACTIONS = 250;

  /** Where in what is said between job and server. */
  enum Moment {
    CHUNK_READ("half-way through a chunk at the source", Phase.COPY),
    CHUNK_WRITTEN("half-way through a chunk at the target", Phase.COPY),
    LOG_READ("half-way through a transaction of the log", Phase.COPY, Phase.STREAM),
    TRANSACTION_WRITTEN("half-way through a target transaction", Phase.STREAM),
    COMMIT_ASKED("at COMMIT, which has not happened", Phase.COPY, Phase.STREAM),
    COMMIT_ANSWERED("at COMMIT, which has happened", Phase.COPY, Phase.STREAM);

    private final String text;
    private final Set<Phase> phases;

    Moment(String text, Phase... phases) {
      this.text = text;
      this.phases = Set.of(phases);
    }
  }

  private final Trap.Spring spring;
  private final Moment moment;
  private Optional<Trap> trap = Optional.empty();

  BrokenConnection(Trap.Spring spring, Moment moment) {
    this.spring = spring;
    this.moment = moment;
  }

  @Override
  public String name() {
    return (spring == Trap.Spring.CUT ? "cut " : "stalled ") + moment.text;
  }

  @Override
  public Set<Phase> phases() {
    return moment.phases;
  }

  @Override
  public Leaves leaves() {
    return spring == Trap.Spring.CUT ? Leaves.NEW_EPOCH : Leaves.SAME_EPOCH;
  }

  @Override
  public void inject(Round round) throws Exception {
    Proxy proxy =
        moment == Moment.CHUNK_READ || moment == Moment.LOG_READ
            ? round.arena().toSource()
            : round.arena().toTarget();
    Trap set = proxy.arm(spring, where(round));
    trap = Optional.of(set);
    round.letCopyGoOn();
    set.awaitSprung(Round.LONG);
    if (spring == Trap.Spring.STALL) {
      Optional<String> position = round.watch().position();
      round.awaitTransactions(STALL_TRANSACTIONS);
      if (round.phase() == Phase.STREAM
          && moment != Moment.LOG_READ
          && moment != Moment.COMMIT_ANSWERED
          && !round.watch().position().equals(position)) {
        throw new AssertionError("the target moves on while its connection stands still");
      }
    }
  }

  @Override
  public void heal(Round round) {
    trap.ifPresent(Trap::release);
    trap = Optional.empty();
  }

  private Predicate<Message> where(Round round) {
    return switch (moment) {
      case CHUNK_READ ->
          message ->
              !message.toServer()
                  && message.isCopy()
                  && message.link().copied() > 100
                  && round.isOurs(message, "snapshot");
      case CHUNK_WRITTEN ->
          message ->
              message.toServer()
                  && message.isCopy()
                  && message.link().copied() > 0
                  && round.isOurs(message, "write");
      case LOG_READ ->
          message ->
              message.isLogChange()
                  && message.link().logChanges() > 0
                  && round.isOurs(message, "log");
      case TRANSACTION_WRITTEN ->
          message ->
              message.executes()
                  && message.sql().contains("UPDATE tidemark.progress")
                  && isOfLog(message)
                  && round.isOurs(message, "write");
      case COMMIT_ASKED ->
          message ->
              message.asksForCommit()
                  && hasWritten(round, message)
                  && round.isOurs(message, "write");
      case COMMIT_ANSWERED ->
          message ->
              message.answersCommit()
                  && hasWritten(round, message)
                  && round.isOurs(message, "write");
    };
  }

  /** Whether the transaction has a chunk's rows in the copy, and the log's in the stream. */
  private static boolean hasWritten(Round round, Message message) {
    return round.phase() == Phase.COPY
        ? message.link().hasExecuted("tidemark.chunk")
        : isOfLog(message);
  }

  private static boolean isOfLog(Message message) {
    return message.link().hasExecuted("entries");
  }
}
