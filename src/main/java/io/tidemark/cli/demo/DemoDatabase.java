package io.tidemark.cli.demo;

import io.tidemark.lab.MySqlVendor;
import io.tidemark.lab.ServerUnavailableException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Which databases the demo has servers of. */
enum DemoDatabase {
  POSTGRES("PostgreSQL", "public"),
  MYSQL(MySqlVendor.MYSQL.product(), DemoServer.DATABASE),
  MARIADB(MySqlVendor.MARIADB.product(), DemoServer.DATABASE);

  private final String product;
  private final String schema;

  DemoDatabase(String product, String schema) {
    this.product = product;
    this.schema = schema;
  }

  /** The database that is named so on the command line. */
  static Optional<DemoDatabase> named(String option) {
    return Arrays.stream(values()).filter(each -> each.option().equals(option)).findFirst();
  }

  /** The names for the command line. */
  static List<String> options() {
    return Arrays.stream(values()).map(DemoDatabase::option).toList();
  }

  private String option() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its name for people. */
  String product() {
    return product;
  }

  /** Where the shop's tables are: MySQL's schemas are its databases. */
  String schema() {
    return schema;
  }

  /**
   * Starts a server with an empty database for the shop. Its durability is relaxed: what the demo
   * writes is thrown away anyway, and disks of laptops differ widely.
   *
   * @throws ServerUnavailableException if this machine has no such server and cannot get one
   */
  DemoServer start() {
    return switch (this) {
      case POSTGRES -> DemoServer.postgres();
      case MYSQL -> DemoServer.mySql(MySqlVendor.MYSQL);
      case MARIADB -> DemoServer.mySql(MySqlVendor.MARIADB);
    };
  }
}
