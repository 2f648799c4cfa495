package io.tidemark.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Gives a decoder what it should never get, and holds it to what it has declared: it takes the
 * input or refuses it with one of its own exceptions that says something, in little time, and in
 * memory that is in proportion to the input and not to what the input claims.
 *
 * <p>Every change follows from a seed, so that a failure comes back.
 */
public final class DamagedInput {

  /** What reads an input; a value that it returns is all that it made of it. */
  @FunctionalInterface
  public interface Decoder {
    Object decode(byte[] input) throws Exception;
  }

  /** How many inputs were refused, and how many were something. */
  public record Tally(int refused, int read) {}

  private static final Duration LONGEST = Duration.ofSeconds(5);

  /** What a decoder may take for itself, whatever it gets. */
  private static final long ROOM = 8L << 20;

  private static final int LONGEST_MESSAGE = 30_000;

  private static final long ROOM_PER_BYTE = 2_000;

  private final Decoder decoder;
  private final List<Class<? extends Exception>> declared;

  private final long room;

  private DamagedInput(Decoder decoder, List<Class<? extends Exception>> declared, long room) {
    this.decoder = decoder;
    this.declared = declared;
    this.room = room;
  }

  /**
   * @param declared what the decoder says that it throws
   */
  @SafeVarargs
  public static DamagedInput of(Decoder decoder, Class<? extends Exception>... declared) {
    return new DamagedInput(decoder, List.of(declared), ROOM);
  }

  /**
   * The same for a decoder that may take more memory for little input, up to a limit of its own.
   */
  public DamagedInput within(long bytes) {
    return new DamagedInput(decoder, declared, bytes);
  }

  /** What the decoder makes of an input; empty if it refuses it. */
  public Optional<Object> give(byte[] input) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = threads.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    Optional<Object> value = Optional.empty();
    try {
      value = Optional.of(decoder.decode(input));
    } catch (Exception e) {
      if (declared.stream().noneMatch(kind -> kind.isInstance(e))) {
        fail("undeclared " + e + " on " + describe(input), e);
      }
      assertThat(e.getMessage()).as("why %s is refused", describe(input)).isNotBlank();
      assertThat(e.getMessage().length()).as("the message's length").isLessThan(LONGEST_MESSAGE);
    } catch (OutOfMemoryError | StackOverflowError e) {
      fail(e + " on " + describe(input), e);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).as(describe(input)).isLessThan(LONGEST);
    assertThat(threads.getCurrentThreadAllocatedBytes() - allocated)
        .as("bytes allocated for %s", describe(input))
        .isLessThan(room + ROOM_PER_BYTE * input.length);
    return value;
  }

  /** Every beginning of an input that is not all of it has to be refused. */
  public void refusesEveryCut(byte[] valid) {
    assertThat(give(valid)).as("the whole of %s", describe(valid)).isPresent();
    for (int length = 0; length < valid.length; length++) {
      byte[] cut = Arrays.copyOf(valid, length);
      assertThat(give(cut)).as("%s of %s", length, describe(valid)).isEmpty();
    }
  }

  /** An input with anything behind its end has to be refused. */
  public void refusesMore(byte[] valid) {
    for (int more : new int[] {0, 1, 'x', 0xff}) {
      byte[] longer = Arrays.copyOf(valid, valid.length + 1);
      longer[valid.length] = (byte) more;
      assertThat(give(longer)).as("%s and %s", describe(valid), more).isEmpty();
    }
  }

  /** Gives every cut and {@code count} changes of a valid input; they may be refused or not. */
  public Tally giveChanges(byte[] valid, int count, long seed) {
    Random random = new Random(seed);
    int read = 0;
    int all = 0;
    for (int length = 0; length < Math.min(valid.length, 2_000); length++, all++) {
      read += give(Arrays.copyOf(valid, length)).isPresent() ? 1 : 0;
    }
    for (int i = 0; i < count; i++, all++) {
      read += give(changed(valid, random)).isPresent() ? 1 : 0;
    }
    return new Tally(all - read, read);
  }

  /** An input with bits turned, bytes put in, taken out or doubled, or a length that lies. */
  public static byte[] changed(byte[] valid, Random random) {
    if (valid.length == 0) {
      return new byte[] {(byte) random.nextInt(256)};
    }
    byte[] changed = valid.clone();
    int at = random.nextInt(valid.length);
    switch (random.nextInt(7)) {
      case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> {
        for (int i = 0; i < 5; i++) {
          changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      case 2 -> changed[at] = (byte) random.nextInt(256);
      case 3 -> {
        byte[] length = HOSTILE.get(random.nextInt(HOSTILE.size()));
        System.arraycopy(length, 0, changed, at, Math.min(length.length, changed.length - at));
      }
      case 4 -> {
        byte[] more = new byte[1 + random.nextInt(4)];
        random.nextBytes(more);
        changed = spliced(valid, at, at, more);
      }
      case 5 -> changed = spliced(valid, at, Math.min(valid.length, at + 1 + random.nextInt(4)));
      default -> {
        int from = random.nextInt(valid.length);
        int to = Math.min(valid.length, from + 1 + random.nextInt(16));
        changed = spliced(valid, at, at, Arrays.copyOfRange(valid, from, to));
      }
    }
    return changed;
  }

  private static final List<byte[]> HOSTILE =
      List.of(
              "7fffffff",
              "ffffffff",
              "80000000",
              "ffffff7f",
              "00000080",
              "7fff",
              "ffff",
              "fe",
              "00")
          .stream()
          .map(HexFormat.of()::parseHex)
          .toList();

  private static byte[] spliced(byte[] bytes, int from, int to, byte... between) {
    byte[] spliced = new byte[from + between.length + bytes.length - to];
    System.arraycopy(bytes, 0, spliced, 0, from);
    System.arraycopy(between, 0, spliced, from, between.length);
    System.arraycopy(bytes, to, spliced, from + between.length, bytes.length - to);
    return spliced;
  }

  private static String describe(byte[] input) {
    byte[] shown = Arrays.copyOf(input, Math.min(input.length, 300));
    return input.length + " bytes " + HexFormat.of().formatHex(shown);
  }
}
