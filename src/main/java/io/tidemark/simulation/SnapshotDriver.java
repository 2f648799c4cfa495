package io.tidemark.simulation;

import io.tidemark.change.Chunk;
import io.tidemark.database.SnapshotPosition;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Optional;

/** A snapshot reader: carries its orders out one after the other, as the production worker does. */
final class SnapshotDriver {

  /** Whom the reader talks to. */
  interface Listener {
    void opened(long cycle, SnapshotPosition snapshot);

    boolean hasRoom();

    void written(SimulatedTarget.Load load);

    void failed(long cycle, Chunk chunk);
  }

  private sealed interface Order {}

  private record Open(long cycle, Optional<SimulatedPositions.Snapshot> shared) implements Order {}

  private record Read(long cycle, Chunk chunk, SnapshotPosition snapshot) implements Order {}

  private record Close() implements Order {}

  private final World world;
  private final Listener listener;
  private final Deque<Order> orders = new ArrayDeque<>();
  private Optional<SimulatedPositions.Snapshot> session = Optional.empty();

  /** Of a session that is being opened between two looks at what is said to be visible. */
  private Optional<BitSet> lower = Optional.empty();

  private Optional<SimulatedPositions.Snapshot> taken = Optional.empty();

  SnapshotDriver(World world, Listener listener) {
    this.world = world;
    this.listener = listener;
  }

  /**
   * @param shared what the session is to see; empty for whatever is visible when it is opened
   */
  void open(long cycle, Optional<SimulatedPositions.Snapshot> shared) {
    orders.add(new Open(cycle, shared));
  }

  void read(long cycle, Chunk chunk, SnapshotPosition snapshot) {
    orders.add(new Read(cycle, chunk, snapshot));
  }

  void close() {
    orders.add(new Close());
  }

  /** False if there was nothing to do. */
  boolean step() {
    Order order = orders.peek();
    if (order == null || !listener.hasRoom()) {
      return false;
    }
    if (order instanceof Read read) {
      return read(read);
    }
    if (order instanceof Open && world.brackets() && !isBracketClosing()) {
      return true;
    }
    orders.remove();
    if (order instanceof Open open) {
      SimulatedPositions.Snapshot opened =
          world.brackets() ? bracket() : open.shared().orElseGet(world.source()::snapshot);
      session = Optional.of(opened);
      world.secure();
      world.trace().say(() -> "reader: opens a session of cycle " + open.cycle() + ": " + opened);
      listener.opened(open.cycle(), claimed(world, opened));
    } else {
      session = Optional.empty();
    }
    return true;
  }

  /** Takes one step towards a session whose snapshot is known within bounds. */
  private boolean isBracketClosing() {
    if (lower.isEmpty()) {
      lower = Optional.of(world.source().reported());
      return false;
    }
    if (taken.isEmpty()) {
      taken = Optional.of(world.source().snapshot());
      return false;
    }
    return true;
  }

  private SimulatedPositions.Snapshot bracket() {
    BitSet upper =
        world.isWithout(Rule.UPPER_BOUND_COMPLETE)
            ? world.source().reported()
            : world.source().logged();
    SimulatedPositions.Snapshot bracket =
        world.format()
        .new Snapshot(
            taken.orElseThrow().included(),
            lower.orElseThrow(),
            upper,
            world.source().log().size());
    lower = Optional.empty();
    taken = Optional.empty();
    return bracket;
  }

  /** A bracket as it would be taken if a rule were missing. */
  private static SimulatedPositions.Snapshot without(
      World world, SimulatedPositions.Snapshot opened) {
    if (world.isWithout(Rule.DOUBT_APPLIED)) {
      return world.format()
      .new Snapshot(opened.included(), opened.upper(), opened.upper(), opened.passedAt());
    }
    if (world.isWithout(Rule.DOUBT_EXPECTS_NOTHING)) {
      return world.format()
      .new Snapshot(opened.included(), opened.lower(), opened.lower(), opened.passedAt());
    }
    if (world.isWithout(Rule.UPPER_BOUND_PASSED)) {
      int passedAt =
          world.source().log().stream()
              .filter(transaction -> opened.lower().get(transaction.id().number()))
              .mapToInt(SimulatedSource.Logged::place)
              .max()
              .orElse(0);
      return world.format()
      .new Snapshot(opened.included(), opened.lower(), opened.upper(), passedAt);
    }
    return opened;
  }

  /** What a session says it contains: the truth, unless it goes by the log's places. */
  static SimulatedPositions.Snapshot claimed(World world, SimulatedPositions.Snapshot opened) {
    if (!world.isWithout(Rule.INCLUSION_BY_ID)) {
      return world.brackets() ? without(world, opened) : opened;
    }
    BitSet logged = new BitSet();
    world.source().log().stream()
        .limit(opened.passedAt())
        .forEach(transaction -> logged.set(transaction.id().number()));
    return world.format().snapshot(logged, opened.passedAt());
  }

  private boolean read(Read read) {
    Chunk chunk = read.chunk();
    int table = world.source().table(chunk.table()).number;
    if (world.source().isBeingTruncated(table)) {
      return false;
    }
    orders.remove();
    SimulatedPositions.Snapshot snapshot =
        session.orElseThrow(
            () -> new IllegalStateException(chunk + " was handed out without a session"));
    if (world.source().isTruncatedSince(table, snapshot)) {
      world.counts().add(RuleCounts.Decision.CHUNKS_FAILED);
      world
          .trace()
          .say(() -> "reader: cannot read " + chunk + ", the table was emptied or written anew");
      listener.failed(read.cycle(), chunk);
      return true;
    }
    world.trace().say(() -> "reader: reads " + chunk + " " + chunk.range());
    listener.written(
        SimulatedTarget.read(
            world.source(), read.cycle(), chunk, read.snapshot().print(), snapshot));
    return true;
  }
}
