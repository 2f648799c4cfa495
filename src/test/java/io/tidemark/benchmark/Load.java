package io.tidemark.benchmark;

import java.lang.management.ManagementFactory;

/** How busy the machine is, to tell what a measurement is worth. */
final class Load {

  private Load() {}

  static String now() {
    var system = ManagementFactory.getOperatingSystemMXBean();
    return "load %.1f on %d cores"
        .formatted(system.getSystemLoadAverage(), system.getAvailableProcessors());
  }
}
