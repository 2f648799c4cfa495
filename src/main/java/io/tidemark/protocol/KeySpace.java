package io.tidemark.protocol;

import io.tidemark.change.Chunk;
import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.database.SnapshotPosition;
import io.tidemark.schema.TableId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The key space of one table as the coordinator sees it: pieces that follow one another from minus
 * to plus infinity, each a run of chunk numbers in one state. It never compares two keys: that a
 * boundary lies inside the piece that it cuts is the database's word.
 *
 * <p>Neighbours that are durable under the same snapshot of one cycle are one piece, so what is
 * kept grows with the cycles and with the chunks of the open one, not with those of the table.
 */
final class KeySpace {

  private static final int LAST = Integer.MAX_VALUE;

  private sealed interface State {}

  /** Not handed out: a gap, to be cut into chunks. */
  private enum Open implements State {
    OPEN
  }

  /**
   * One chunk, to be handed out once a completed checkpoint has it.
   *
   * @param order of all announced ones, rising
   * @param exposed whether it was announced in an earlier life of the job
   */
  private record Announced(long order, boolean exposed) implements State {}

  /** One chunk, handed out in this cycle. */
  private record Handed(long cycle, State before) implements State {}

  /** At the target, not durable. */
  private record Written(long cycle, SnapshotPosition snapshot, State before) implements State {}

  /** Of cycles by themselves, as the log reader knows them: whole, and one after the other. */
  private record Durable(long cycle, SnapshotPosition snapshot) implements State {}

  /** Given up, and not to be handed out before what is under way has come to its end. */
  private enum GivenUp implements State {
    GIVEN_UP
  }

  private record Piece(int first, int last, Optional<Key> from, Optional<Key> to, State state) {
    KeyRange.Between range() {
      return (KeyRange.Between) KeyRange.between(from, to);
    }

    Piece in(State other) {
      return new Piece(first, last, from, to, other);
    }
  }

  private final TableId table;
  private final List<Piece> pieces = new ArrayList<>();

  /** In the order in which they came, so that the first one is found at once. */
  private final Set<Key> holes = new LinkedHashSet<>();

  private final Map<Key, State> holesUnderWay = new HashMap<>();
  private final Map<Key, SnapshotPosition> recopied = new HashMap<>();

  /** Holes that an earlier life of the job may have copied, where nothing tells what it did. */
  private final Set<Key> exposedHoles = new HashSet<>();

  /** Keys that are under way and do not count any more, as their range is copied anew. */
  private final Set<Key> voided = new HashSet<>();

  KeySpace(
      TableId table,
      List<CoveredRange> covered,
      Set<Key> holes,
      Map<Key, SnapshotPosition> recopied,
      List<AnnouncedRange> announced) {
    this.table = table;
    this.holes.addAll(holes);
    this.recopied.putAll(recopied);
    List<Piece> sorted = new ArrayList<>();
    for (CoveredRange range : covered) {
      sorted.add(
          new Piece(
              range.firstNumber(),
              range.lastNumber(),
              range.range().from(),
              range.range().to(),
              new Durable(0, range.snapshot())));
    }
    for (AnnouncedRange range : announced) {
      sorted.add(
          new Piece(
              range.number(),
              range.lastNumber(),
              range.range().from(),
              range.range().to(),
              new Announced(0, true)));
    }
    sorted.sort(Comparator.comparingInt(Piece::first));
    int next = 0;
    Optional<Key> from = Optional.empty();
    boolean complete = false;
    for (Piece known : sorted) {
      if (complete || known.first() < next) {
        throw new IllegalStateException(
            "the chunks of table " + table + " overlap at number " + known.first());
      }
      if (known.first() > next) {
        pieces.add(new Piece(next, known.first() - 1, from, known.from(), Open.OPEN));
      } else if (!known.from().equals(from)) {
        throw new IllegalStateException(
            "the chunks of table " + table + " leave a gap before number " + known.first());
      }
      pieces.add(known);
      next = known.last() + 1;
      from = known.to();
      complete = from.isEmpty();
    }
    if (!complete) {
      pieces.add(new Piece(next, LAST, from, Optional.empty(), Open.OPEN));
    }
    mergeNeighbours();
  }

  /** The first gap in key order. */
  Optional<Gap> firstGap() {
    return pieces.stream()
        .filter(piece -> piece.state() == Open.OPEN)
        .findFirst()
        .map(
            piece ->
                new Gap(piece.first(), piece.from(), piece.to(), piece.first() == piece.last()));
  }

  /**
   * A range that is to be copied.
   *
   * @param first the number that its first chunk will have
   * @param isOneChunk whether there is no number left to cut it further
   */
  record Gap(int first, Optional<Key> from, Optional<Key> to, boolean isOneChunk) {}

  /**
   * Cuts the gap that starts with chunk {@code number} at {@code boundary}, and hands the lower
   * part out.
   */
  Chunk handOut(int number, Optional<Key> boundary, long cycle) {
    return cut(number, boundary, new Handed(cycle, Open.OPEN));
  }

  /**
   * Cuts the gap that starts with chunk {@code number} at {@code boundary}, and announces the lower
   * part.
   *
   * @param order of all announced chunks, rising
   */
  void announce(int number, Optional<Key> boundary, long order) {
    cut(number, boundary, new Announced(order, false));
  }

  /**
   * Hands out the first chunk that is announced.
   *
   * @param upTo those that a completed checkpoint has
   * @param exposed whether only those that were announced in an earlier life count
   */
  Optional<Chunk> handOutAnnounced(long upTo, boolean exposed, long cycle) {
    for (int i = 0; i < pieces.size(); i++) {
      Piece piece = pieces.get(i);
      if (piece.state() instanceof Announced state && isDue(state, upTo, exposed)) {
        pieces.set(i, piece.in(new Handed(cycle, state)));
        return Optional.of(new Chunk(table, piece.first(), piece.range()));
      }
    }
    return Optional.empty();
  }

  /** Whether {@link #handOutAnnounced} or {@link #handOutHoles} would find something. */
  boolean isDue(long upTo, boolean exposed) {
    return hasHoles(exposed)
        || pieces.stream()
            .anyMatch(
                piece -> piece.state() instanceof Announced state && isDue(state, upTo, exposed));
  }

  private boolean hasHoles(boolean exposed) {
    return exposed && !exposedHoles.isEmpty()
        ? holes.stream().anyMatch(exposedHoles::contains)
        : !exposed && !holes.isEmpty();
  }

  private static boolean isDue(Announced state, long upTo, boolean exposed) {
    return state.order() <= upTo && (state.exposed() || !exposed);
  }

  /** What an earlier life of the job may have copied of what is to be copied again. */
  void exposeHoles() {
    exposedHoles.addAll(holes);
  }

  private Chunk cut(int number, Optional<Key> boundary, State state) {
    int index = indexOf(number);
    Piece gap = pieces.get(index);
    if (gap.state() != Open.OPEN || gap.first() != number) {
      throw new IllegalStateException("chunk " + number + " of " + table + " is not open");
    }
    pieces.remove(index);
    Piece handed;
    if (boundary.isPresent()) {
      if (gap.first() == gap.last()) {
        throw new IllegalStateException("chunk " + number + " of " + table + " cannot be cut");
      }
      handed = new Piece(number, number, gap.from(), boundary, state);
      pieces.add(index, new Piece(number + 1, gap.last(), boundary, gap.to(), Open.OPEN));
    } else {
      handed = new Piece(number, gap.last(), gap.from(), gap.to(), state);
    }
    pieces.add(index, handed);
    return new Chunk(table, number, handed.range());
  }

  /**
   * Hands out some of the keys that have to be copied again.
   *
   * @param most how many
   * @return empty if there is none
   */
  Optional<Chunk> handOutHoles(int most, long cycle) {
    List<Key> some = new ArrayList<>();
    for (Iterator<Key> left = holes.iterator(); left.hasNext() && some.size() < most; ) {
      Key key = left.next();
      left.remove();
      some.add(key);
      holesUnderWay.put(key, new Handed(cycle, Open.OPEN));
    }
    return some.isEmpty()
        ? Optional.empty()
        : Optional.of(new Chunk(table, 0, new KeyRange.Points(some)));
  }

  /** A chunk that was handed out is at the target. */
  void written(Chunk chunk, SnapshotPosition snapshot) {
    transition(
        chunk,
        state -> {
          Handed handed = handed(state, chunk);
          return new Written(handed.cycle(), snapshot, handed.before());
        });
  }

  /** A chunk that was handed out could not be read. */
  void failed(Chunk chunk) {
    if (chunk.range() instanceof KeyRange.Points points) {
      for (Key key : points.keys()) {
        if (!voided.remove(key)) {
          holesUnderWay.remove(key);
          holes.add(key);
        }
      }
      openGivenUp();
    } else {
      transition(chunk, state -> state instanceof Handed handed ? handed.before() : Open.OPEN);
      mergeNeighbours();
    }
  }

  /** A completed checkpoint contains the chunk. */
  void durable(Chunk chunk) {
    transition(
        chunk,
        state -> {
          if (state instanceof Written written) {
            return new Durable(written.cycle(), written.snapshot());
          }
          throw new IllegalStateException(chunk + " is durable but was not written");
        });
    if (chunk.range() instanceof KeyRange.Points points) {
      points.keys().forEach(voided::remove);
      openGivenUp();
    }
  }

  /**
   * What was durable of the cycles up to {@code cycle} has to be copied again, and no key by itself
   * any more. Only once what is under way of such keys is known to have come to its end: they are
   * of no use, and must not come to the target, or be refused by the ledger, after the range is
   * copied.
   */
  void uncover(long cycle) {
    holes.clear();
    recopied.clear();
    holesUnderWay.forEach(
        (key, state) -> {
          if (!(state instanceof Durable)) {
            voided.add(key);
          }
        });
    holesUnderWay.clear();
    pieces.replaceAll(
        piece ->
            piece.state() instanceof Durable durable && durable.cycle() <= cycle
                ? piece.in(GivenUp.GIVEN_UP)
                : piece);
    openGivenUp();
  }

  private void openGivenUp() {
    if (voided.isEmpty() && pieces.stream().anyMatch(piece -> piece.state() == GivenUp.GIVEN_UP)) {
      pieces.replaceAll(piece -> piece.state() == GivenUp.GIVEN_UP ? piece.in(Open.OPEN) : piece);
      mergeNeighbours();
    }
  }

  /** Keys inside a copied range have to be copied again. */
  void reopen(List<Key> keys) {
    keys.forEach(recopied::remove);
    keys.forEach(holesUnderWay::remove);
    exposedHoles.removeAll(keys);
    holes.addAll(keys);
  }

  /** Merges what became durable; to be called when a cycle is. Returns the holes that it closed. */
  Map<Key, SnapshotPosition> settle() {
    mergeNeighbours();
    Map<Key, SnapshotPosition> closed = new HashMap<>();
    holesUnderWay.forEach(
        (key, state) -> {
          if (state instanceof Durable durable) {
            closed.put(key, durable.snapshot());
          }
        });
    holesUnderWay.keySet().removeAll(closed.keySet());
    exposedHoles.removeAll(closed.keySet());
    recopied.putAll(closed);
    return closed;
  }

  boolean isComplete() {
    return holes.isEmpty()
        && holesUnderWay.isEmpty()
        && pieces.stream().allMatch(piece -> piece.state() instanceof Durable);
  }

  boolean hasGap() {
    return !holes.isEmpty() || firstGap().isPresent();
  }

  /** What the log reader has to know when it starts: only what is durable counts. */
  TableCoverage coverage() {
    Map<Key, RangeState> points = new HashMap<>();
    recopied.forEach((key, snapshot) -> points.put(key, new RangeState.Copied(snapshot)));
    openHoles()
        .forEach(
            key ->
                points.put(
                    key,
                    exposedHoles.contains(key)
                        ? RangeState.Exposed.EXPOSED
                        : RangeState.Uncovered.UNCOVERED));
    return ranges(Long.MAX_VALUE).build(points);
  }

  /**
   * The ranges alone, of the cycles up to one. What state a key has of its own the log reader knows
   * from the start on.
   */
  TableCoverage rangeCoverage(long upTo) {
    return ranges(upTo).build(Map.of());
  }

  private TableCoverage.Builder ranges(long upTo) {
    TableCoverage.Builder builder = new TableCoverage.Builder();
    for (Piece piece : pieces) {
      builder.add(piece.from().map(List::of).orElse(List.of()), stateOf(piece.state(), upTo));
    }
    return builder;
  }

  private static RangeState stateOf(State state, long upTo) {
    if (state instanceof Durable durable && durable.cycle() <= upTo) {
      return new RangeState.Copied(durable.snapshot());
    }
    return isExposed(state) ? RangeState.Exposed.EXPOSED : RangeState.Uncovered.UNCOVERED;
  }

  private static boolean isExposed(State state) {
    return state instanceof Announced announced && announced.exposed()
        || state instanceof Handed handed && isExposed(handed.before())
        || state instanceof Written written && isExposed(written.before());
  }

  /** What is durable, for a checkpoint. */
  List<CoveredRange> covered() {
    List<CoveredRange> covered = new ArrayList<>();
    for (Piece piece : pieces) {
      if (piece.state() instanceof Durable durable) {
        covered.add(
            new CoveredRange(
                table, piece.first(), piece.last(), piece.range(), durable.snapshot()));
      }
    }
    return covered;
  }

  /** What is announced and not durable, for a checkpoint: rows of it may have been handed out. */
  List<AnnouncedRange> announced() {
    List<AnnouncedRange> announced = new ArrayList<>();
    for (Piece piece : pieces) {
      if (isAnnounced(piece.state())) {
        announced.add(new AnnouncedRange(table, piece.first(), piece.last(), piece.range()));
      }
    }
    return announced;
  }

  private static boolean isAnnounced(State state) {
    return state instanceof Announced
        || state instanceof Handed handed && isAnnounced(handed.before())
        || state instanceof Written written && isAnnounced(written.before());
  }

  /** The keys that are not known to be copied again. */
  Set<Key> openHoles() {
    Set<Key> open = new HashSet<>(holes);
    open.addAll(holesUnderWay.keySet());
    return open;
  }

  /** The keys that were copied again, with what they were read from. */
  Map<Key, SnapshotPosition> recopied() {
    return Map.copyOf(recopied);
  }

  private static Handed handed(State state, Chunk chunk) {
    if (state instanceof Handed handed) {
      return handed;
    }
    throw new IllegalStateException(chunk + " was not handed out");
  }

  private void transition(Chunk chunk, java.util.function.UnaryOperator<State> change) {
    if (chunk.range() instanceof KeyRange.Points points) {
      // A key that was reopened meanwhile is a hole again; what was read of it no longer counts.
      for (Key key : points.keys()) {
        holesUnderWay.computeIfPresent(key, (same, state) -> change.apply(state));
      }
      return;
    }
    int index = indexOf(chunk.number());
    Piece piece = pieces.get(index);
    pieces.set(index, piece.in(change.apply(piece.state())));
  }

  private int indexOf(int number) {
    for (int i = 0; i < pieces.size(); i++) {
      if (pieces.get(i).first() <= number && number <= pieces.get(i).last()) {
        return i;
      }
    }
    throw new IllegalStateException("table " + table + " has no chunk " + number);
  }

  private void mergeNeighbours() {
    for (int i = pieces.size() - 2; i >= 0; i--) {
      Piece lower = pieces.get(i);
      Piece upper = pieces.get(i + 1);
      boolean mergeable = lower.state() == Open.OPEN || lower.state() instanceof Durable;
      if (mergeable && lower.state().equals(upper.state())) {
        pieces.remove(i + 1);
        pieces.set(
            i, new Piece(lower.first(), upper.last(), lower.from(), upper.to(), lower.state()));
      }
    }
  }
}
