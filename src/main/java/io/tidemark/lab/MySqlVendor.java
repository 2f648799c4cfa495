package io.tidemark.lab;

import java.util.List;

/** Which of the two servers that speak MySQL's protocol. */
public enum MySqlVendor {
  MYSQL(
      "MySQL",
      "TIDEMARK_MYSQLD",
      "mysqld",
      "mysql:9",
      // Debian's stable releases have no MySQL.
      "sid",
      List.of("mysql-server-core", "mysql-client-core")),
  MARIADB(
      "MariaDB",
      "TIDEMARK_MARIADBD",
      "mariadbd",
      "mariadb:10.11",
      // The release with 10.11, which is supported until 2028.
      "bookworm",
      List.of("mariadb-server-core", "mariadb-client-core"));

  private final String product;
  private final String variable;
  private final String program;
  private final String image;
  private final String suite;
  private final List<String> packages;

  MySqlVendor(
      String product,
      String variable,
      String program,
      String image,
      String suite,
      List<String> packages) {
    this.product = product;
    this.variable = variable;
    this.program = program;
    this.image = image;
    this.suite = suite;
    this.packages = packages;
  }

  /** Its name for people. */
  public String product() {
    return product;
  }

  /** The environment variable that names a server program to use. */
  public String variable() {
    return variable;
  }

  /** The name of the server program. */
  String program() {
    return program;
  }

  /** The official container image. */
  String image() {
    return image;
  }

  /** The Debian packages with the server and its clients. */
  DebianPackages packages() {
    return new DebianPackages(suite, packages);
  }
}
