package io.tidemark.database.mysql.session;

import java.util.Locale;

/** Which of the two servers it is. */
public enum Flavour {
  MYSQL("MySQL"),
  MARIADB("MariaDB");

  private final String product;

  Flavour(String product) {
    this.product = product;
  }

  /** The name that people use. */
  String product() {
    return product;
  }

  /**
   * @param version what {@code VERSION()} says; MariaDB's names itself in it
   */
  static Flavour ofVersion(String version) {
    return version.toLowerCase(Locale.ROOT).contains("mariadb") ? MARIADB : MYSQL;
  }
}
