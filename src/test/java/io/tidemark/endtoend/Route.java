package io.tidemark.endtoend;

/** From whose database to whose a test copies. */
public enum Route {
  POSTGRES_TO_POSTGRES(Vendor.POSTGRES, Vendor.POSTGRES),
  MYSQL_TO_MYSQL(Vendor.MYSQL, Vendor.MYSQL),
  MYSQL_TO_POSTGRES(Vendor.MYSQL, Vendor.POSTGRES),
  POSTGRES_TO_MYSQL(Vendor.POSTGRES, Vendor.MYSQL),
  MARIADB_TO_MARIADB(Vendor.MARIADB, Vendor.MARIADB),
  MARIADB_TO_POSTGRES(Vendor.MARIADB, Vendor.POSTGRES),
  POSTGRES_TO_MARIADB(Vendor.POSTGRES, Vendor.MARIADB),
  MYSQL_TO_MARIADB(Vendor.MYSQL, Vendor.MARIADB),
  MARIADB_TO_MYSQL(Vendor.MARIADB, Vendor.MYSQL);

  private final Vendor source;
  private final Vendor target;

  Route(Vendor source, Vendor target) {
    this.source = source;
    this.target = target;
  }

  public Vendor source() {
    return source;
  }

  public Vendor target() {
    return target;
  }
}
