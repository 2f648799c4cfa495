package io.tidemark.database.mysql.position;

import io.tidemark.database.TransactionId;
import io.tidemark.schema.Known;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A set of MySQL transactions (MySQL manual, 19.1.3.1): {@code uuid:1-5:7:tag:3,uuid:1}.
 *
 * <p>Prints as the server does, but without line breaks: sources in their order, of each first the
 * numbers without a tag. Immutable.
 */
public final class GtidSet implements ExecutedSet {

  /** More than any server has; a longer text is a mistake, and would only fill the memory. */
  private static final int MAXIMUM_LENGTH = 64 << 20;

  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
  private static final Pattern TAG_FORM = Pattern.compile("[a-z_][a-z0-9_]{0,31}");

  /** Of no transaction. */
  public static final GtidSet EMPTY = new GtidSet(new TreeMap<>());

  /** Whose numbers an interval list holds. */
  public record Origin(UUID source, String tag) implements Comparable<Origin> {
    /** As bytes compare: the server's order, in which {@code UUID.compareTo} has signs wrong. */
    private static final Comparator<Origin> ORDER =
        Comparator.<Origin, Long>comparing(
                origin -> origin.source.getMostSignificantBits(), Long::compareUnsigned)
            .thenComparing(origin -> origin.source.getLeastSignificantBits(), Long::compareUnsigned)
            .thenComparing(Origin::tag);

    @Override
    public int compareTo(Origin other) {
      return ORDER.compare(this, other);
    }
  }

  private final SortedMap<Origin, Intervals> numbers;

  /** Takes {@code numbers} over. No interval list in it is empty. */
  private GtidSet(SortedMap<Origin, Intervals> numbers) {
    this.numbers = numbers;
  }

  static boolean isTag(String tag) {
    return TAG_FORM.matcher(tag).matches();
  }

  static GtidSet of(Gtid gtid) {
    return EMPTY.plus(gtid);
  }

  /**
   * Reads what a server or {@link #print} wrote; case, order, line breaks and overlaps do not
   * matter.
   *
   * @throws IllegalArgumentException if it is malformed
   */
  public static GtidSet parse(String printed) {
    if (printed.length() > MAXIMUM_LENGTH) {
      throw new IllegalArgumentException(
          "not a GTID set: a text of " + printed.length() + " characters");
    }
    try {
      Builder builder = new Builder();
      for (String part : printed.split(",", -1)) {
        String trimmed = part.strip();
        if (!trimmed.isEmpty()) {
          parseSource(trimmed, builder);
        }
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "not a GTID set: '" + shortened(printed) + "': " + e.getMessage(), e);
    }
  }

  /**
   * Reads what a server prints as {@code gtid_owned}: {@code uuid:3#17:tag:5#18}, each number with
   * the thread that owns it, and nothing between one source and the next (sql/rpl_gtid.h, {@code
   * Owned_gtids::to_string}).
   *
   * @throws IllegalArgumentException if it is malformed
   */
  public static GtidSet parseOwned(String printed) {
    Builder builder = new Builder();
    Matcher sources = UUID_FORM.matcher(printed);
    boolean found = sources.find();
    if (!printed.substring(0, found ? sources.start() : printed.length()).isBlank()) {
      throw new IllegalArgumentException("not owned GTIDs: '" + shortened(printed) + "'");
    }
    while (found) {
      UUID source = UUID.fromString(sources.group());
      int from = sources.end();
      found = sources.find();
      String owned = printed.substring(from, found ? sources.start() : printed.length());
      Origin origin = new Origin(source, "");
      for (String part : owned.strip().split(":", -1)) {
        int owner = part.indexOf('#');
        String tag = part.strip().toLowerCase(Locale.ROOT);
        if (owner > 0) {
          long number = number(part.substring(0, owner));
          builder.add(origin, number, number);
        } else if (isTag(tag)) {
          origin = new Origin(source, tag);
        } else if (!tag.isEmpty() && !tag.equals(",")) {
          throw new IllegalArgumentException("not owned GTIDs: '" + shortened(printed) + "'");
        }
      }
    }
    return builder.build();
  }

  private static String shortened(String printed) {
    return printed.length() <= 200 ? printed : printed.substring(0, 200) + "…";
  }

  private static void parseSource(String text, Builder builder) {
    String[] parts = text.split(":", -1);
    String uuid = parts[0].strip();
    if (!UUID_FORM.matcher(uuid).matches()) {
      throw new IllegalArgumentException("'" + shortened(uuid) + "' is not a UUID");
    }
    if (parts.length < 2) {
      throw new IllegalArgumentException("no numbers after '" + uuid + "'");
    }
    UUID source = UUID.fromString(uuid);
    Origin origin = new Origin(source, "");
    boolean numbersDue = true;
    for (int i = 1; i < parts.length; i++) {
      String part = parts[i].strip();
      if (!part.isEmpty() && Character.isDigit(part.charAt(0))) {
        int dash = part.indexOf('-');
        long from = number(dash < 0 ? part : part.substring(0, dash).strip());
        builder.add(origin, from, dash < 0 ? from : number(part.substring(dash + 1).strip()));
        numbersDue = false;
      } else {
        String tag = part.toLowerCase(Locale.ROOT);
        if (!isTag(tag) || (numbersDue && i > 1)) {
          throw new IllegalArgumentException("'" + shortened(part) + "' is out of place");
        }
        origin = new Origin(source, tag);
        numbersDue = true;
      }
    }
    if (numbersDue) {
      throw new IllegalArgumentException("no numbers after tag '" + origin.tag() + "'");
    }
  }

  private static long number(String text) {
    if (text.isEmpty() || text.length() > 19 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new IllegalArgumentException("'" + shortened(text) + "' is not a number");
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is too large", e);
    }
  }

  /** Whether no transaction is in it. */
  public boolean isEmpty() {
    return numbers.isEmpty();
  }

  /** Whose numbers are in it, in the server's order; not to be changed. */
  public Set<Origin> origins() {
    return numbers.keySet();
  }

  /** Each interval, both ends included, in order. */
  public void forEachInterval(Origin origin, BiConsumer<Long, Long> interval) {
    Intervals intervals = numbers.get(origin);
    for (int i = 0; intervals != null && i < intervals.count(); i++) {
      interval.accept(intervals.from(i), intervals.to(i));
    }
  }

  /** How many intervals {@link #forEachInterval} has; 0 if nothing is from there. */
  public int intervalCount(Origin origin) {
    Intervals intervals = numbers.get(origin);
    return intervals == null ? 0 : intervals.count();
  }

  /** How many transactions are in it; at most {@code Long.MAX_VALUE}. */
  public long size() {
    long size = 0;
    for (Intervals intervals : numbers.values()) {
      for (int i = 0; i < intervals.count(); i++) {
        size += intervals.to(i) - intervals.from(i) + 1;
        if (size < 0) {
          return Long.MAX_VALUE;
        }
      }
    }
    return size;
  }

  /**
   * The one GTID it consists of.
   *
   * @throws IllegalArgumentException if there is none or more than one
   */
  Gtid single() {
    if (size() != 1) {
      throw new IllegalArgumentException("not one GTID: '" + shortened(print()) + "'");
    }
    Origin origin = numbers.firstKey();
    return new Gtid(origin.source(), origin.tag(), Known.require(numbers, origin).from(0));
  }

  @Override
  public boolean contains(TransactionId transaction) {
    Gtid gtid = gtid(transaction);
    Intervals intervals = numbers.get(new Origin(gtid.source(), gtid.tag()));
    return intervals != null && intervals.contains(gtid.number());
  }

  @Override
  public boolean containsAll(ExecutedSet other) {
    for (Map.Entry<Origin, Intervals> entry : set(other).numbers.entrySet()) {
      Intervals intervals = numbers.get(entry.getKey());
      if (intervals == null || !intervals.containsAll(entry.getValue())) {
        return false;
      }
    }
    return true;
  }

  @Override
  public GtidSet plus(TransactionId transaction) {
    Gtid gtid = gtid(transaction);
    Origin origin = new Origin(gtid.source(), gtid.tag());
    Intervals had = numbers.getOrDefault(origin, Intervals.NONE);
    Intervals has = had.plus(gtid.number());
    if (has == had) {
      return this;
    }
    SortedMap<Origin, Intervals> sum = new TreeMap<>(numbers);
    sum.put(origin, has);
    return new GtidSet(sum);
  }

  /** What is in one of the two at least. */
  public GtidSet union(GtidSet other) {
    SortedMap<Origin, Intervals> sum = new TreeMap<>(numbers);
    other.numbers.forEach((origin, added) -> sum.merge(origin, added, Intervals::union));
    return new GtidSet(sum);
  }

  /** What is in this one and not in the other. */
  public GtidSet subtract(GtidSet other) {
    SortedMap<Origin, Intervals> rest = new TreeMap<>();
    numbers.forEach(
        (origin, had) -> {
          Intervals left =
              other.numbers.containsKey(origin) ? had.subtract(other.numbers.get(origin)) : had;
          if (left.count() > 0) {
            rest.put(origin, left);
          }
        });
    return new GtidSet(rest);
  }

  /** The first GTID of this source and tag that is not in it: what the server gives next. */
  public Gtid next(UUID source, String tag) {
    Intervals intervals = numbers.getOrDefault(new Origin(source, tag), Intervals.NONE);
    boolean startsAtOne = intervals.count() > 0 && intervals.from(0) == 1;
    return new Gtid(source, tag, startsAtOne ? intervals.to(0) + 1 : 1);
  }

  private static Gtid gtid(TransactionId transaction) {
    if (transaction instanceof Gtid gtid) {
      return gtid;
    }
    throw new IllegalArgumentException(transaction.print() + " is not the GTID of a MySQL server");
  }

  private static GtidSet set(ExecutedSet other) {
    if (other instanceof GtidSet set) {
      return set;
    }
    throw new IllegalArgumentException(other.print() + " is not the GTID set of a MySQL server");
  }

  @Override
  public String print() {
    StringBuilder printed = new StringBuilder();
    UUID last = null;
    for (Map.Entry<Origin, Intervals> entry : numbers.entrySet()) {
      Origin origin = entry.getKey();
      if (!origin.source().equals(last)) {
        printed.append(last == null ? "" : ",").append(origin.source());
        last = origin.source();
      }
      if (!origin.tag().isEmpty()) {
        printed.append(':').append(origin.tag());
      }
      entry.getValue().print(printed);
    }
    return printed.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GtidSet set && numbers.equals(set.numbers);
  }

  @Override
  public int hashCode() {
    return numbers.hashCode();
  }

  @Override
  public String toString() {
    return print();
  }

  /** Collects intervals in any order. Used by one thread. */
  static final class Builder {
    private final SortedMap<Origin, Intervals.Builder> numbers = new TreeMap<>();

    /** Both ends are included. */
    void add(Origin origin, long from, long to) {
      numbers.computeIfAbsent(origin, missing -> new Intervals.Builder()).add(from, to);
    }

    GtidSet build() {
      SortedMap<Origin, Intervals> built = new TreeMap<>();
      numbers.forEach((origin, intervals) -> built.put(origin, intervals.build()));
      return new GtidSet(built);
    }
  }
}
