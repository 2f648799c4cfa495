package io.tidemark.change;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A part of a table's key space. */
public sealed interface KeyRange extends Serializable {

  /** The whole key space; the only range of a table without a key. */
  static KeyRange everything() {
    return new Between(null, null);
  }

  /** From a bound (included) to a bound (excluded); an absent bound is infinite. */
  static KeyRange between(Optional<Key> from, Optional<Key> to) {
    return new Between(from.orElse(null), to.orElse(null));
  }

  /** A half-open range. Its bounds are in the database's order, which is not checked here. */
  final class Between implements KeyRange {
    private static final long serialVersionUID = 1L;

    private final @Nullable Key from;
    private final @Nullable Key to;

    private Between(@Nullable Key from, @Nullable Key to) {
      this.from = from;
      this.to = to;
    }

    /** The lowest key inside; absent for minus infinity. */
    public Optional<Key> from() {
      return Optional.ofNullable(from);
    }

    /** The lowest key above; absent for plus infinity. */
    public Optional<Key> to() {
      return Optional.ofNullable(to);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Between range
          && from().equals(range.from())
          && to().equals(range.to());
    }

    @Override
    public int hashCode() {
      return from().hashCode() * 31 + to().hashCode();
    }

    @Override
    public String toString() {
      return "["
          + (from == null ? "-inf" : from.values())
          + ", "
          + (to == null ? "+inf" : to.values())
          + ")";
    }
  }

  /** Exactly these keys, one at least. */
  record Points(List<Key> keys) implements KeyRange {
    /**
     * @throws IllegalArgumentException if there is none
     */
    public Points {
      keys = List.copyOf(keys);
      if (keys.isEmpty()) {
        throw new IllegalArgumentException("a range of keys has one at least");
      }
    }

    /** Exactly one key. */
    public static Points of(Key key) {
      return new Points(List.of(key));
    }
  }
}
