package io.tidemark.database.mysql.session;

import java.io.Serializable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a server is and how new. */
public record ServerVersion(Flavour flavour, int major, int minor, int patch)
    implements Serializable {

  private static final Pattern NUMBERS = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})\\.(\\d{1,4}).*");

  /**
   * @param version what {@code VERSION()} says: {@code 8.4.3}, {@code 10.11.6-MariaDB-log}
   * @throws IllegalArgumentException if it is nothing like it
   */
  public static ServerVersion parse(String version) {
    Flavour flavour = Flavour.ofVersion(version);
    // MariaDB pretends to be an old MySQL to clients that ask for a higher version than "5".
    String numbers = version.startsWith("5.5.5-") ? version.substring("5.5.5-".length()) : version;
    Matcher matcher = NUMBERS.matcher(numbers);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not the version of a server: '" + version + "'");
    }
    return new ServerVersion(
        flavour,
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)));
  }

  /** Whether it is MariaDB, whose log and catalog differ from MySQL's. */
  public boolean isMariaDb() {
    return flavour == Flavour.MARIADB;
  }

  /** Whether it is this version of its own product, or a later one. */
  public boolean isAtLeast(int wantedMajor, int wantedMinor) {
    return major > wantedMajor || (major == wantedMajor && minor >= wantedMinor);
  }

  /** Whether it is this version of its own product, or a later one. */
  public boolean isAtLeast(int wantedMajor, int wantedMinor, int wantedPatch) {
    return isAtLeast(wantedMajor, wantedMinor + 1)
        || (isAtLeast(wantedMajor, wantedMinor) && patch >= wantedPatch);
  }

  /**
   * MySQL: whether an XA COMMIT from another session than the one that prepared goes through the
   * same steps as every commit (8.0.30 made it so, together with its crash safety).
   */
  public boolean commitsPreparedInOrder() {
    return isAtLeast(8, 0, 30);
  }

  /** For messages: {@code MySQL 8.4.3}. */
  @Override
  public String toString() {
    return flavour.product() + " " + major + "." + minor + "." + patch;
  }
}
