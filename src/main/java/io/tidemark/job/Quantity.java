package io.tidemark.job;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with units as job files write them. */
final class Quantity {

  private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h)");
  private static final Pattern BYTES = Pattern.compile("(\\d{1,12})(B|KB|MB|GB|TB)");

  private Quantity() {}

  /** {@code 500ms}, {@code 60s}, {@code 5m} or {@code 1h}; empty for anything else. */
  static Optional<Duration> duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long count = Long.parseLong(matcher.group(1));
    return Optional.of(
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(count);
          case "s" -> Duration.ofSeconds(count);
          case "m" -> Duration.ofMinutes(count);
          default -> Duration.ofHours(count);
        });
  }

  /** {@code 8GB}, {@code 512MB}: with units of 1024, as PostgreSQL has them. */
  static Optional<Long> bytes(String text) {
    Matcher matcher = BYTES.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int power = "BKMGT".indexOf(matcher.group(2).charAt(0));
    long unit = 1L << (10 * power);
    long count = Long.parseLong(matcher.group(1));
    return count > Long.MAX_VALUE / unit ? Optional.empty() : Optional.of(count * unit);
  }

  /** A whole number within bounds; empty for anything else. */
  static Optional<Long> number(String text, long min, long max) {
    if (!text.matches("\\d{1,18}")) {
      return Optional.empty();
    }
    long number = Long.parseLong(text);
    return number < min || number > max ? Optional.empty() : Optional.of(number);
  }
}
