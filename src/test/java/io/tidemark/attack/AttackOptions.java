package io.tidemark.attack;

import io.tidemark.endtoend.fixture.Vendor;
import java.util.List;
import java.util.Locale;

/**
 * What the attack is told on its command line.
 *
 * @param vendors whose sources are attacked, each with all seeds
 * @param pits how many seeds are tried at once, each at a source server of its own
 */
record AttackOptions(
    List<Vendor> vendors, int seeds, long from, long minutes, int pits, boolean shrinks) {

  private static final String USAGE =
      "; usage: ./attack [--vendor postgres|mysql|mariadb] [--seeds N] [--from S] [--minutes M]"
          + " [--at-once N] [--shrink yes|no]";

  AttackOptions {
    if (seeds < 1 || minutes < 1 || pits < 1) {
      throw new IllegalArgumentException("--seeds, --minutes and --at-once are 1 at least" + USAGE);
    }
  }

  static AttackOptions parse(String[] arguments) {
    List<Vendor> vendors = List.of(Vendor.values());
    int seeds = 1000;
    long from = 1;
    long minutes = 60;
    int pits = 2;
    boolean shrinks = true;
    for (int i = 0; i < arguments.length; i += 2) {
      if (i + 1 == arguments.length) {
        throw new IllegalArgumentException(arguments[i] + " has no value" + USAGE);
      }
      String value = arguments[i + 1];
      switch (arguments[i]) {
        case "--vendor" -> vendors = List.of(Vendor.valueOf(value.toUpperCase(Locale.ROOT)));
        case "--seeds" -> seeds = Integer.parseInt(value);
        case "--from" -> from = Long.parseLong(value);
        case "--minutes" -> minutes = Long.parseLong(value);
        case "--at-once" -> pits = Integer.parseInt(value);
        case "--shrink" -> shrinks = value.equals("yes");
        default -> throw new IllegalArgumentException(arguments[i] + USAGE);
      }
    }
    return new AttackOptions(vendors, seeds, from, minutes, pits, shrinks);
  }
}
