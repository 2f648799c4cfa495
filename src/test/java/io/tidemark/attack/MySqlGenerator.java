package io.tidemark.attack;

import io.tidemark.endtoend.fixture.Vendor;
import java.util.ArrayList;
import java.util.List;

/** MySQL's and MariaDB's statements. */
final class MySqlGenerator extends Generator {

  private static final List<String> TYPES =
      List.of(
          "int",
          "bigint unsigned",
          "smallint",
          "decimal(12,2)",
          "text",
          "varchar(20)",
          "varchar(20) CHARACTER SET latin1",
          "char(5)",
          "boolean",
          "date",
          "datetime(3)",
          "timestamp NULL",
          "year",
          "time",
          "json",
          "varbinary(9)",
          "blob",
          "bit(4)",
          "enum('a','b','c')",
          "set('x','y','z')",
          "double");

  private final boolean mariaDb;

  MySqlGenerator(Vendor vendor, long seed) {
    super(vendor, seed);
    this.mariaDb = vendor == Vendor.MARIADB;
  }

  @Override
  List<String> surroundings() {
    return List.of(
        "CREATE TABLE {db}_x.spare (id int PRIMARY KEY, note text)",
        "CREATE TABLE {db}_x.par (id int PRIMARY KEY, v int) PARTITION BY RANGE (id)"
            + " (PARTITION p0 VALUES LESS THAN (100), PARTITION p1 VALUES LESS THAN MAXVALUE)",
        "CREATE TABLE {db}_x.log (id int PRIMARY KEY AUTO_INCREMENT, n int)");
  }

  @Override
  Shape makeTable(String name) {
    Shape shape = new Shape(name);
    for (int i = random.nextInt(4); i >= 0; i--) {
      shape.columns().put("c" + i, pick(TYPES));
    }
    shape.columns().put("v", "int");
    boolean plain = chance(5);
    if (plain) {
      shape.columns().clear();
      shape.columns().put("v", "int");
    } else if (chance(4)) {
      shape.columns().put("g", "int AS (v * 2) " + any("STORED", "VIRTUAL"));
    }
    StringBuilder columns = new StringBuilder();
    shape
        .columns()
        .forEach((column, type) -> columns.append(", ").append(column).append(' ').append(type));
    String key =
        switch (random.nextInt(6)) {
          case 0 -> "id int NOT NULL, UNIQUE KEY uk (id)";
          case 1 -> "id int AUTO_INCREMENT PRIMARY KEY";
          default -> "id int PRIMARY KEY";
        };
    String partitions = "";
    if (chance(5)) {
      partitions =
          any(
              " PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (30), PARTITION p1 VALUES"
                  + " LESS THAN MAXVALUE)",
              " PARTITION BY HASH (id) PARTITIONS 3",
              " PARTITION BY KEY (id) PARTITIONS 2");
    }
    int comma = key.indexOf(',');
    String last = comma < 0 ? "" : key.substring(comma);
    String first = comma < 0 ? key : key.substring(0, comma);
    prepare(
        "CREATE TABLE %s (%s%s%s, KEY vk (v))%s".formatted(name, first, columns, last, partitions));
    return shape;
  }

  @Override
  String pattern(String table) {
    return "{db}." + table;
  }

  @Override
  String value(String type) {
    if (chance(8)) {
      return "NULL";
    }
    int n = 1 + random.nextInt(99);
    return switch (type.replaceFirst("[( ].*", "")) {
      case "int", "bigint", "smallint", "decimal", "double" -> String.valueOf(n);
      case "boolean" -> any("0", "1");
      case "date" -> "'2024-02-%02d'".formatted(1 + n % 28);
      case "datetime", "timestamp" -> "'2024-02-%02d 12:00:%02d'".formatted(1 + n % 28, n % 60);
      case "year" -> "20%02d".formatted(n);
      case "time" -> "'%02d:00:01'".formatted(n);
      case "json" -> "'{\"a\": %d}'".formatted(n);
      case "bit" -> "b'%s'".formatted(any("0", "101"));
      case "enum" -> any("'a'", "'b'");
      case "set" -> any("'x'", "'x,z'", "''");
      case "blob", "varbinary" -> "x'%02x'".formatted(n);
      default -> "'x%d'".formatted(n);
    };
  }

  @Override
  String insertNew(Shape shape) {
    return insert(shape).replaceFirst("INSERT", "INSERT IGNORE");
  }

  @Override
  String write() {
    Shape shape = table();
    String table = shape.name();
    String column = column(shape);
    String type = shape.columns().getOrDefault(column, "int");
    String set = isMade(type) ? "v = v" : column + " = " + value(type);
    return switch (random.nextInt(18)) {
      case 0, 1 -> insert(shape);
      case 2 -> insertNew(shape);
      case 3 -> insert(shape).replaceFirst("INSERT", "REPLACE");
      case 4 -> insert(shape) + " ON DUPLICATE KEY UPDATE v = 1";
      case 5, 6 -> "UPDATE %s SET %s WHERE id %% 3 = %d".formatted(table, set, random.nextInt(3));
      case 7 -> "UPDATE %s SET v = COALESCE(v, 0) + 1 ORDER BY id LIMIT 3".formatted(table);
      case 8 -> "UPDATE %s SET id = id + 60 WHERE id < %d".formatted(table, id() / 3);
      case 9, 10 -> "DELETE FROM %s WHERE id = %d".formatted(table, id());
      case 11 ->
          chance(3) ? "TRUNCATE %s".formatted(table) : "DELETE FROM %s LIMIT 1".formatted(table);
      case 12 -> "INSERT IGNORE INTO {db}_x.spare SELECT id, 'copied' FROM %s".formatted(table);
      case 13 ->
          "UPDATE %1$s AS a JOIN %2$s AS b ON a.id = b.id SET a.v = 3, b.v = 4"
              .formatted(table, name());
      case 14 -> "DELETE a FROM %1$s AS a JOIN %2$s AS b ON a.v = b.v".formatted(table, name());
      case 15 ->
          "INSERT IGNORE INTO %1$s (id, v) SELECT id + 100, v FROM %1$s AS x".formatted(table);
      default ->
          "INSERT INTO %s (id, v) VALUES (%d, 1)".formatted(table, 200 + random.nextInt(900));
    };
  }

  @Override
  List<Form> changes() {
    List<Form> all = new ArrayList<>();
    all.addAll(columns());
    all.addAll(keys());
    all.addAll(tables());
    all.addAll(settings());
    all.addAll(harmless());
    if (mariaDb) {
      all.addAll(ofMariaDb());
    } else {
      all.addAll(ofMySql());
    }
    return all;
  }

  private String typeOf(Shape shape, String column) {
    return shape.columns().getOrDefault(column, "int").replace(" AS (", " GENERATED ALWAYS AS (");
  }

  private List<Form> columns() {
    return List.of(
        meaning(
            () -> {
              Shape shape = table();
              return "ALTER TABLE %s MODIFY %s %s"
                  .formatted(shape.name(), column(shape), pick(TYPES));
            }),
        meaning(
            () -> {
              Shape shape = table();
              String column = column(shape);
              return "ALTER TABLE %s MODIFY %s %s %s"
                  .formatted(
                      shape.name(), column, typeOf(shape, column), any("FIRST", "AFTER id", ""));
            }),
        meaning(
            () -> {
              Shape shape = table();
              String column = column(shape);
              return "ALTER TABLE %s CHANGE %s %s %s"
                  .formatted(shape.name(), column, fresh("r"), typeOf(shape, column));
            }),
        meaning(
            () -> {
              Shape shape = table();
              return "ALTER TABLE %1$s RENAME COLUMN %2$s TO %3$s, RENAME COLUMN %3$s TO %2$s"
                  .formatted(shape.name(), column(shape), column(shape));
            }),
        meaning(
            () -> {
              Shape shape = table();
              return "ALTER TABLE %s RENAME COLUMN %s TO %s"
                  .formatted(shape.name(), column(shape), fresh("r"));
            }),
        meaning(
            () -> {
              Shape shape = table();
              String column = column(shape);
              return "ALTER TABLE %1$s DROP COLUMN %2$s, ADD COLUMN %2$s %3$s"
                  .formatted(shape.name(), column, typeOf(shape, column));
            }),
        meaning(
            () -> {
              Shape shape = table();
              String column = column(shape);
              return "ALTER TABLE %1$s DROP COLUMN %2$s;; ALTER TABLE %1$s ADD COLUMN %2$s %3$s"
                  .formatted(shape.name(), column, typeOf(shape, column));
            }),
        meaning(
            () -> {
              Shape shape = table();
              return "ALTER TABLE %s DROP COLUMN %s".formatted(shape.name(), column(shape));
            }),
        meaning(
            () ->
                "ALTER TABLE %s ADD COLUMN %s %s%s"
                    .formatted(
                        name(),
                        fresh("n"),
                        any(
                            "int",
                            "int NOT NULL DEFAULT 7",
                            "varchar(9) DEFAULT 'x'",
                            "int AS (v + 1)"),
                        any("", " FIRST", " AFTER id"))),
        meaning(() -> "ALTER TABLE %s MODIFY c0 enum('b','a','c')".formatted(name())),
        meaning(() -> "ALTER TABLE %s MODIFY c0 enum('a','b','c','d')".formatted(name())),
        meaning(
            () ->
                "ALTER TABLE %s CONVERT TO CHARACTER SET %s"
                    .formatted(name(), any("latin1", "utf8mb4"))),
        meaning(() -> "ALTER TABLE %s ALTER v SET DEFAULT 5".formatted(name())),
        meaning(() -> "ALTER TABLE %s MODIFY v bigint".formatted(name())),
        meaning(() -> "ALTER TABLE %s MODIFY v int INVISIBLE".formatted(name())),
        meaning(() -> "ALTER TABLE %s MODIFY id bigint".formatted(name())));
  }

  private List<Form> keys() {
    return List.of(
        meaning(() -> "ALTER TABLE %s DROP PRIMARY KEY".formatted(name())),
        meaning(() -> "ALTER TABLE %s DROP PRIMARY KEY, ADD PRIMARY KEY (id)".formatted(name())),
        meaning(() -> "ALTER TABLE %s DROP INDEX uk".formatted(name())),
        meaning(() -> "ALTER TABLE %s ADD PRIMARY KEY (id)".formatted(name())),
        meaning(
            () ->
                "ALTER TABLE %s ADD FOREIGN KEY (v) REFERENCES %s (id) ON DELETE %s"
                    .formatted(name(), name(), any("CASCADE", "SET NULL", "RESTRICT"))),
        meaning(
            () ->
                "SET foreign_key_checks = 0;; ALTER TABLE %s ADD FOREIGN KEY (v) REFERENCES %s (id) ON DELETE CASCADE ON UPDATE CASCADE;; SET foreign_key_checks = 1"
                    .formatted(name(), name())));
  }

  private List<Form> tables() {
    return List.of(
        meaning(() -> "RENAME TABLE %1$s TO old_%1$s".formatted(name())),
        meaning(() -> "ALTER TABLE %1$s RENAME TO {db}_x.%1$s".formatted(name())),
        meaning(
            () ->
                ("CREATE TABLE new_%1$s LIKE %1$s;; INSERT INTO new_%1$s (id, v) VALUES (7, 7);; RENAME"
                        + " TABLE %1$s TO old_%1$s, new_%1$s TO %1$s")
                    .formatted(name())),
        meaning(
            () ->
                ("RENAME TABLE %1$s TO {db}_x.x_%1$s;; UPDATE {db}_x.x_%1$s SET v = 1;; RENAME TABLE {db}_x.x_%1$s TO"
                        + " %1$s")
                    .formatted(name())),
        meaning(() -> "DROP TABLE %s".formatted(name())),
        meaning(() -> "DROP TABLE IF EXISTS nobody, %s".formatted(name())),
        meaning(
            () ->
                "DROP TABLE %1$s;; CREATE TABLE %1$s (id int PRIMARY KEY, v int)"
                    .formatted(name())),
        meaning(() -> "ALTER TABLE %s TRUNCATE PARTITION p0".formatted(name())),
        meaning(() -> "ALTER TABLE %s DROP PARTITION p0".formatted(name())),
        meaning(() -> "ALTER TABLE %s COALESCE PARTITION 1".formatted(name())),
        meaning(() -> "ALTER TABLE %s REMOVE PARTITIONING".formatted(name())),
        meaning(() -> "ALTER TABLE %s PARTITION BY HASH (id) PARTITIONS 2".formatted(name())),
        meaning(
            () ->
                ("ALTER TABLE %s REORGANIZE PARTITION p1 INTO (PARTITION p1 VALUES LESS THAN (400),"
                        + " PARTITION p2 VALUES LESS THAN MAXVALUE)")
                    .formatted(name())),
        meaning(() -> "ALTER TABLE %s REBUILD PARTITION p0".formatted(name())),
        meaning(
            () ->
                ("CREATE TABLE ex LIKE %1$s;; ALTER TABLE ex REMOVE PARTITIONING;; INSERT INTO ex (id, v) VALUES (5,"
                        + " 5);; ALTER TABLE %1$s EXCHANGE PARTITION p0 WITH TABLE ex")
                    .formatted(name())),
        meaning(
            () ->
                "ALTER TABLE {db}_x.par EXCHANGE PARTITION p0 WITH TABLE %s WITHOUT VALIDATION"
                    .formatted(name())),
        meaning(
            () ->
                ("CREATE TABLE pp (id int PRIMARY KEY, v int, KEY vk (v)) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (100), PARTITION p1 VALUES LESS THAN MAXVALUE);; INSERT INTO pp VALUES (8, 8);; ALTER TABLE pp EXCHANGE PARTITION p0 WITH TABLE %s WITHOUT VALIDATION")
                    .formatted(name())),
        meaning(
            () ->
                "ALTER TABLE %s ENGINE = %s"
                    .formatted(name(), any("MyISAM", "MEMORY", "BLACKHOLE", "ARCHIVE"))),
        meaning(() -> "ALTER TABLE %s DISCARD TABLESPACE".formatted(name())),
        meaning(() -> "DROP DATABASE {db}_x"));
  }

  private List<Form> settings() {
    return List.of(
        unplaced(() -> "SET binlog_format = '%s'".formatted(any("STATEMENT", "MIXED"))),
        unplaced(
            () ->
                "SET binlog_format = 'STATEMENT';; %s;; SET binlog_format = 'ROW'"
                    .formatted(write())),
        unplaced(() -> "SET GLOBAL binlog_format = '%s'".formatted(any("STATEMENT", "MIXED"))),
        unplaced(() -> "SET binlog_row_image = '%s'".formatted(any("MINIMAL", "NOBLOB", "FULL"))),
        unplaced(
            () ->
                "SET binlog_row_image = 'MINIMAL';; %s;; SET binlog_row_image = 'FULL'"
                    .formatted(write())),
        unplaced(() -> "SET GLOBAL binlog_row_image = 'MINIMAL'"),
        unplaced(() -> "SET GLOBAL binlog_row_metadata = 'MINIMAL'"),
        unplaced(
            () ->
                ("CREATE FUNCTION f() RETURNS int DETERMINISTIC MODIFIES SQL DATA BEGIN UPDATE %s SET v = 9;"
                        + " RETURN 1; END;; SET binlog_format = 'STATEMENT';; DO f();; SELECT f();; SET"
                        + " binlog_format = 'ROW'")
                    .formatted(name())),
        unplaced(() -> "SET GLOBAL server_id = 4711"));
  }

  private List<Form> harmless() {
    List<Form> all = new ArrayList<>(harmlessSettings());
    all.addAll(
        List.of(
            harmless(() -> "ANALYZE TABLE %s".formatted(name())),
            harmless(() -> "OPTIMIZE TABLE %s".formatted(name())),
            harmless(() -> "CHECK TABLE %s".formatted(name())),
            // Where an engine has something to repair, rows go.
            meaning(() -> "REPAIR TABLE %s".formatted(name())),
            harmless(() -> "CHECKSUM TABLE %s".formatted(name())),
            harmless(() -> "FLUSH TABLES"),
            harmless(() -> "FLUSH TABLES %s".formatted(name())),
            harmless(() -> "FLUSH BINARY LOGS"),
            harmless(() -> "FLUSH PRIVILEGES"),
            harmless(() -> "ALTER TABLE %s ENGINE = InnoDB".formatted(name())),
            harmless(() -> "ALTER TABLE %s FORCE".formatted(name())),
            harmless(() -> "ALTER TABLE %s COMMENT 'DROP COLUMN v'".formatted(name())),
            harmless(() -> "ALTER TABLE %s AUTO_INCREMENT = 3000".formatted(name())),
            harmless(() -> "ALTER TABLE %s ROW_FORMAT = DYNAMIC".formatted(name())),
            harmless(() -> "ALTER TABLE %s ADD INDEX %s (v)".formatted(name(), fresh("i"))),
            harmless(() -> "CREATE INDEX %s ON %s (v, id)".formatted(fresh("i"), name())),
            harmless(() -> "DROP INDEX i%d ON %s".formatted(random.nextInt(4), name())),
            harmless(
                () ->
                    "ALTER TABLE %s ADD CONSTRAINT %s CHECK (v > -1000)"
                        .formatted(name(), fresh("k"))),
            harmless(
                () -> "ALTER TABLE %s DROP CONSTRAINT k%d".formatted(name(), random.nextInt(4))),
            harmless(() -> "ALTER TABLE %s DEFAULT CHARACTER SET latin1".formatted(name())),
            harmless(() -> "CREATE VIEW %s AS SELECT * FROM %s".formatted(fresh("w"), name())),
            harmless(() -> "DROP VIEW IF EXISTS w%d".formatted(random.nextInt(4))),
            harmless(() -> "CREATE TABLE {db}_x.%s LIKE %s".formatted(fresh("l"), name())),
            harmless(
                () -> "CREATE TABLE {db}_x.%s AS SELECT * FROM %s".formatted(fresh("l"), name())),
            harmless(() -> "ALTER TABLE {db}_x.spare ADD %s int DEFAULT 4".formatted(fresh("n"))),
            harmless(() -> "TRUNCATE {db}_x.spare"),
            harmless(() -> "RENAME TABLE {db}_x.spare TO {db}_x.%s".formatted(fresh("sp"))),
            harmless(
                () ->
                    "CREATE TRIGGER %1$s %2$s %3$s ON %4$s FOR EACH ROW INSERT INTO {db}_x.log (n) VALUES (1)"
                        .formatted(
                            fresh("tr"),
                            any("BEFORE", "AFTER"),
                            any("INSERT", "UPDATE", "DELETE"),
                            name())),
            harmless(
                () ->
                    "CREATE TRIGGER %s BEFORE UPDATE ON %s FOR EACH ROW SET NEW.v = 5"
                        .formatted(fresh("tr"), name())),
            harmless(() -> "DROP TRIGGER IF EXISTS tr%d".formatted(random.nextInt(4))),
            harmless(
                () ->
                    "CREATE PROCEDURE %1$s() BEGIN %2$s; END;; CALL %1$s();; DROP PROCEDURE %1$s"
                        .formatted(fresh("pr"), write())),
            harmless(
                () ->
                    ("CREATE FUNCTION %1$s() RETURNS int DETERMINISTIC MODIFIES SQL DATA BEGIN UPDATE %2$s SET v ="
                            + " 8; RETURN 1; END;; SELECT %1$s();; DROP FUNCTION %1$s")
                        .formatted(fresh("fn"), name())),
            harmless(
                () ->
                    "CREATE TEMPORARY TABLE %1$s (id int);; INSERT INTO %1$s VALUES (1);; DROP TEMPORARY TABLE %1$s"
                        .formatted(name())),
            harmless(() -> "CREATE TABLE IF NOT EXISTS %s (z int)".formatted(name())),
            harmless(() -> "DROP TABLE IF EXISTS nobody"),
            harmless(() -> "GRANT SELECT ON {db}.* TO tidemark"),
            harmless(() -> "ALTER DATABASE {db} CHARACTER SET latin1"),
            harmless(
                () ->
                    "XA START '{db}';; %s;; XA END '{db}';; XA PREPARE '{db}';; XA COMMIT '{db}'"
                        .formatted(write())),
            harmless(
                () ->
                    "XA START '{db}';; %s;; XA END '{db}';; XA PREPARE '{db}';; XA ROLLBACK '{db}'"
                        .formatted(write())),
            harmless(
                () -> "PREPARE st FROM '%s';; EXECUTE st".formatted(write().replace("'", "''"))),
            harmless(
                () ->
                    "LOCK TABLES %1$s WRITE;; UPDATE %1$s SET v = 2;; UNLOCK TABLES"
                        .formatted(name())),
            harmless(
                () ->
                    "CREATE EVENT %s ON SCHEDULE EVERY 1 YEAR STARTS '2035-01-01 00:00:00' DO DELETE FROM %s"
                        .formatted(fresh("ev"), name()))));
    return all;
  }

  private List<Form> harmlessSettings() {
    return List.of(
        harmless(
            () ->
                "SET sql_mode = '%s'"
                    .formatted(
                        any(
                            "",
                            "ANSI_QUOTES",
                            "NO_BACKSLASH_ESCAPES",
                            "NO_AUTO_VALUE_ON_ZERO",
                            "PAD_CHAR_TO_FULL_LENGTH",
                            "STRICT_ALL_TABLES"))),
        harmless(() -> "SET foreign_key_checks = %s".formatted(any("0", "1"))),
        harmless(() -> "SET unique_checks = 0"),
        harmless(() -> "SET time_zone = '%s'".formatted(any("+05:00", "-11:00", "SYSTEM"))),
        harmless(() -> "SET NAMES %s".formatted(any("latin1", "utf8mb4", "gbk"))),
        harmless(() -> "SET auto_increment_increment = 7"),
        harmless(() -> "SET sql_select_limit = 2"),
        harmless(() -> "SET autocommit = %s".formatted(any("0", "1"))),
        harmless(() -> "SET timestamp = 86400"),
        harmless(
            () ->
                "SET transaction_isolation = '%s'"
                    .formatted(any("READ-COMMITTED", "SERIALIZABLE", "REPEATABLE-READ"))),
        harmless(() -> "SET completion_type = 'CHAIN'"),
        harmless(
            () ->
                "SET GLOBAL sql_mode = 'ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH,NO_BACKSLASH_ESCAPES'"),
        harmless(() -> "SET GLOBAL time_zone = '+09:00'"),
        harmless(() -> "SET GLOBAL sql_select_limit = 1"),
        harmless(() -> "SET GLOBAL binlog_checksum = '%s'".formatted(any("NONE", "CRC32"))),
        harmless(() -> "SET GLOBAL max_allowed_packet = 16777216"),
        harmless(() -> "SET default_storage_engine = MyISAM"));
  }

  private List<Form> ofMySql() {
    return List.of(
        harmless(() -> "SET binlog_rows_query_log_events = ON"),
        harmless(() -> "SET binlog_transaction_compression = %s".formatted(any("ON", "OFF"))),
        harmless(
            () ->
                "SET binlog_row_value_options = 'PARTIAL_JSON';; UPDATE %s SET c0 = JSON_SET(c0, '$.a', 5)"
                    .formatted(name())),
        harmless(() -> "SET GLOBAL binlog_transaction_compression = ON"),
        harmless(() -> "ALTER TABLE %s ALTER INDEX vk INVISIBLE".formatted(name())),
        harmless(() -> "ANALYZE TABLE %s UPDATE HISTOGRAM ON v".formatted(name())),
        harmless(() -> "CREATE ROLE IF NOT EXISTS r1"),
        harmless(() -> "ALTER TABLE %s SECONDARY_ENGINE = NULL".formatted(name())),
        meaning(() -> "ALTER TABLE %s RENAME INDEX uk TO uk2".formatted(name())),
        meaning(
            () ->
                "ALTER TABLE %s ADD COLUMN my_row_id2 bigint AUTO_INCREMENT UNIQUE"
                    .formatted(name())),
        meaning(() -> "IMPORT TABLE FROM 'nothing.sdi'"),
        unplaced(() -> "SET GLOBAL binlog_row_value_options = 'PARTIAL_JSON'"),
        unplaced(
            () ->
                "CREATE TABLE {db}_x.ai AS SELECT * FROM %s;; DROP TABLE {db}_x.ai"
                    .formatted(name())));
  }

  private List<Form> ofMariaDb() {
    return List.of(
        meaning(() -> "CREATE OR REPLACE TABLE %s (id int PRIMARY KEY, v int)".formatted(name())),
        meaning(() -> "ALTER TABLE %s ADD SYSTEM VERSIONING".formatted(name())),
        meaning(() -> "ALTER TABLE %s ADD PERIOD FOR p (a, b)".formatted(name())),
        meaning(() -> "ALTER IGNORE TABLE %s ADD UNIQUE KEY (v)".formatted(name())),
        meaning(
            () ->
                "ALTER TABLE {db}_x.par CONVERT TABLE %s TO PARTITION p7 VALUES LESS THAN (50)"
                    .formatted(name())),
        meaning(() -> "ALTER TABLE %s CONVERT PARTITION p0 TO TABLE taken".formatted(name())),
        meaning(
            () ->
                "SET STATEMENT binlog_format = 'STATEMENT' FOR UPDATE %s SET v = 4"
                    .formatted(name())),
        harmless(() -> "SET STATEMENT max_statement_time = 100 FOR %s".formatted(write())),
        harmless(() -> "SET binlog_annotate_row_events = %s".formatted(any("ON", "OFF"))),
        harmless(
            () ->
                "SET binlog_alter_two_phase = ON;; ALTER TABLE %s ADD INDEX %s (v)"
                    .formatted(name(), fresh("i"))),
        harmless(() -> "SET gtid_domain_id = %s".formatted(any("0", "3"))),
        harmless(() -> "SET check_constraint_checks = 0"),
        harmless(() -> "CREATE SEQUENCE %s".formatted(fresh("sq"))),
        harmless(() -> "CREATE OR REPLACE INDEX vk ON %s (v)".formatted(name())),
        harmless(() -> "SET GLOBAL log_bin_compress = ON"),
        harmless(() -> "%s RETURNING id".formatted(insert(table()))),
        harmless(() -> "ALTER TABLE %s ALTER INDEX vk IGNORED".formatted(name())),
        harmless(() -> "DELETE FROM %s WHERE id = 3 RETURNING v".formatted(name())));
  }
}
