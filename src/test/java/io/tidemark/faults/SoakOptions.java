package io.tidemark.faults;

import java.util.Random;
import java.util.regex.Pattern;

/**
 * What the soak is told on its command line.
 *
 * @param faults which faults are meant, by their names
 */
record SoakOptions(long minutes, long seed, Pattern faults) {

  SoakOptions {
    if (minutes < 1) {
      throw new IllegalArgumentException("--minutes is " + minutes);
    }
  }

  static SoakOptions parse(String[] arguments) {
    long minutes = 10;
    long seed = new Random().nextInt(1_000_000);
    Pattern faults = Pattern.compile("");
    for (int i = 0; i < arguments.length; i += 2) {
      if (i + 1 == arguments.length) {
        throw new IllegalArgumentException(arguments[i] + " has no value");
      }
      String value = arguments[i + 1];
      switch (arguments[i]) {
        case "--minutes" -> minutes = Long.parseLong(value);
        case "--seed" -> seed = Long.parseLong(value);
        case "--faults" -> faults = Pattern.compile(value);
        default ->
            throw new IllegalArgumentException(
                arguments[i] + "; usage: ./soak [--minutes N] [--seed S] [--faults REGEX]");
      }
    }
    return new SoakOptions(minutes, seed, faults);
  }
}
