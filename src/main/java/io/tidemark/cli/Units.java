package io.tidemark.cli;

import java.time.Duration;
import java.util.Locale;

/** Quantities as people read them. */
final class Units {

  private Units() {}

  /** {@code 1,234,567}. */
  static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** {@code 812 B}, {@code 1.5 MB}: with units of 1024, as PostgreSQL has them. */
  static String bytes(long bytes) {
    String[] units = {"B", "KB", "MB", "GB", "TB", "PB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0
        ? bytes + " B"
        : String.format(Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
  }

  /** {@code 0.2s}, {@code 45s}, {@code 3m 20s}, {@code 2h 05m}. */
  static String duration(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < 10) {
      return String.format(Locale.ROOT, "%.1fs", duration.toMillis() / 1000.0);
    }
    if (seconds < 60) {
      return seconds + "s";
    }
    return seconds < 3600
        ? seconds / 60 + "m " + String.format(Locale.ROOT, "%02ds", seconds % 60)
        : seconds / 3600 + "h " + String.format(Locale.ROOT, "%02dm", seconds / 60 % 60);
  }
}
