package io.tidemark.attack;

import io.tidemark.attack.Step.Weight;
import io.tidemark.endtoend.fixture.Vendor;
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

  private static final List<String> WRITES =
      List.of(
          "INSERT {rows}",
          "INSERT {rows}",
          "INSERT IGNORE {rows}",
          "REPLACE {rows}",
          "INSERT {rows} ON DUPLICATE KEY UPDATE v = 1",
          "UPDATE {t} SET {set} WHERE id % 3 = {mod}",
          "UPDATE {t} SET {set} WHERE id % 3 = {mod}",
          "UPDATE {t} SET v = COALESCE(v, 0) + 1 ORDER BY id LIMIT 3",
          "UPDATE {t} SET id = id + 60 WHERE id < {low}",
          "DELETE FROM {t} WHERE id = {id}",
          "DELETE FROM {t} WHERE id = {id}",
          "DELETE FROM {t} LIMIT 1",
          "{TRUNCATE|DELETE FROM} {t}",
          "INSERT IGNORE INTO {db}_x.spare SELECT id, 'copied' FROM {t}",
          "UPDATE {t} AS a JOIN {u} AS b ON a.id = b.id SET a.v = 3, b.v = 4",
          "DELETE a FROM {t} AS a JOIN {u} AS b ON a.v = b.v",
          "INSERT IGNORE INTO {t} (id, v) SELECT id + 100, v FROM {t} AS x",
          "INSERT INTO {t} (id, v) VALUES ({far}, 1)",
          "INSERT INTO {t} (id, v) VALUES ({far}, 1)");

  private static final List<Form> COLUMNS =
      forms(
          Weight.MEANING,
          "ALTER TABLE {t} MODIFY {c} {newtype}",
          "ALTER TABLE {t} MODIFY {c} {type} {FIRST|AFTER id|}",
          "ALTER TABLE {t} CHANGE {c} r{#} {type}",
          "ALTER TABLE {t} RENAME COLUMN {c} TO {d}, RENAME COLUMN {d} TO {c}",
          "ALTER TABLE {t} RENAME COLUMN {c} TO r{#}",
          "ALTER TABLE {t} DROP COLUMN {c}, ADD COLUMN {c} {type}",
          "ALTER TABLE {t} DROP COLUMN {c};; ALTER TABLE {t} ADD COLUMN {c} {type}",
          "ALTER TABLE {t} DROP COLUMN {c}",
          "ALTER TABLE {t} ADD COLUMN n{#} {int|int NOT NULL DEFAULT 7|varchar(9) DEFAULT 'x'} {|"
              + "FIRST|AFTER id}",
          "ALTER TABLE {t} ADD COLUMN n{#} int AS (v + 1) {|STORED}",
          "ALTER TABLE {t} MODIFY g int AS (v * 3) {STORED|VIRTUAL}",
          "ALTER TABLE {t} MODIFY g int",
          "ALTER TABLE {t} DROP COLUMN g;; ALTER TABLE {t} ADD COLUMN g int AS (v * 4) {|STORED}",
          "ALTER TABLE {t} MODIFY v int AS (id * 2) STORED",
          "ALTER TABLE {t} MODIFY c0 enum({'b','a','c'|'a','b','c','d'})",
          "ALTER TABLE {t} CONVERT TO CHARACTER SET {latin1|utf8mb4}",
          "ALTER TABLE {t} ALTER v SET DEFAULT 5",
          "ALTER TABLE {t} MODIFY v bigint",
          "ALTER TABLE {t} MODIFY v int INVISIBLE",
          "ALTER TABLE {t} MODIFY id bigint");

  private static final List<Form> KEYS =
      forms(
          Weight.MEANING,
          "ALTER TABLE {t} DROP PRIMARY KEY",
          "ALTER TABLE {t} DROP PRIMARY KEY, ADD PRIMARY KEY (id)",
          "ALTER TABLE {t} DROP INDEX uk",
          "ALTER TABLE {t} ADD PRIMARY KEY (id)",
          "ALTER TABLE {t} ADD FOREIGN KEY (v) REFERENCES {u} (id) ON DELETE {CASCADE|SET"
              + " NULL|RESTRICT}",
          "SET foreign_key_checks = 0;; ALTER TABLE {t} ADD FOREIGN KEY (v) REFERENCES {u} (id) ON"
              + " DELETE CASCADE ON UPDATE CASCADE;; SET foreign_key_checks = 1");

  private static final List<Form> TABLES =
      forms(
          Weight.MEANING,
          "RENAME TABLE {t} TO old_{t}",
          "ALTER TABLE {t} RENAME TO {db}_x.{t}",
          "CREATE TABLE new_{t} LIKE {t};; INSERT INTO new_{t} (id, v) VALUES (7, 7);; RENAME TABLE"
              + " {t} TO old_{t}, new_{t} TO {t}",
          "RENAME TABLE {t} TO {db}_x.x_{t};; UPDATE {db}_x.x_{t} SET v = 1;; RENAME TABLE"
              + " {db}_x.x_{t} TO {t}",
          "DROP TABLE {t}",
          "DROP TABLE IF EXISTS nobody, {t}",
          "DROP TABLE {t};; CREATE TABLE {t} (id int PRIMARY KEY, v int)",
          "ALTER TABLE {t} ENGINE = {MyISAM|MEMORY|BLACKHOLE|ARCHIVE}",
          "ALTER TABLE {t} DISCARD TABLESPACE",
          "DROP DATABASE {db}_x",
          // Where an engine has something to repair, rows go.
          "REPAIR TABLE {t}");

  private static final List<Form> PARTITIONS =
      forms(
          Weight.MEANING,
          "ALTER TABLE {t} TRUNCATE PARTITION p0",
          "ALTER TABLE {t} DROP PARTITION p0",
          "ALTER TABLE {t} COALESCE PARTITION 1",
          "ALTER TABLE {t} REMOVE PARTITIONING",
          "ALTER TABLE {t} PARTITION BY HASH (id) PARTITIONS 2",
          "ALTER TABLE {t} REORGANIZE PARTITION p1 INTO (PARTITION p1 VALUES LESS THAN (400),"
              + " PARTITION p2 VALUES LESS THAN MAXVALUE)",
          "ALTER TABLE {t} REBUILD PARTITION p0",
          "CREATE TABLE ex LIKE {t};; ALTER TABLE ex REMOVE PARTITIONING;; INSERT INTO ex (id, v)"
              + " VALUES (5, 5);; ALTER TABLE {t} EXCHANGE PARTITION p0 WITH TABLE ex",
          "ALTER TABLE {db}_x.par EXCHANGE PARTITION p0 WITH TABLE {t} WITHOUT VALIDATION",
          "CREATE TABLE pp (id int PRIMARY KEY, v int, KEY vk (v)) PARTITION BY RANGE (id)"
              + " (PARTITION p0 VALUES LESS THAN (100), PARTITION p1 VALUES LESS THAN MAXVALUE);;"
              + " INSERT INTO pp VALUES (8, 8);; ALTER TABLE pp EXCHANGE PARTITION p0 WITH TABLE"
              + " {t} WITHOUT VALIDATION");

  private static final List<Form> SETTINGS =
      forms(
          Weight.UNPLACED,
          "SET binlog_format = '{STATEMENT|MIXED}'",
          "SET binlog_format = 'STATEMENT';; {write};; SET binlog_format = 'ROW'",
          "SET GLOBAL binlog_format = '{STATEMENT|MIXED}'",
          "SET binlog_row_image = '{MINIMAL|NOBLOB|FULL}'",
          "SET binlog_row_image = 'MINIMAL';; {write};; SET binlog_row_image = 'FULL'",
          "SET GLOBAL binlog_row_image = 'MINIMAL'",
          "SET GLOBAL binlog_row_metadata = 'MINIMAL'",
          "CREATE FUNCTION f() RETURNS int DETERMINISTIC MODIFIES SQL DATA BEGIN UPDATE {t} SET v ="
              + " 9; RETURN 1; END;; SET binlog_format = 'STATEMENT';; DO f();; SELECT f();; SET"
              + " binlog_format = 'ROW'",
          "SET GLOBAL server_id = 4711");

  private static final List<Form> HARMLESS =
      forms(
          Weight.HARMLESS,
          "{ANALYZE|OPTIMIZE|CHECK|CHECKSUM} TABLE {t}",
          "FLUSH {TABLES|BINARY LOGS|PRIVILEGES}",
          "FLUSH TABLES {t}",
          "ALTER TABLE {t} ENGINE = InnoDB",
          "ALTER TABLE {t} FORCE",
          "ALTER TABLE {t} COMMENT 'DROP COLUMN v'",
          "ALTER TABLE {t} AUTO_INCREMENT = 3000",
          "ALTER TABLE {t} ROW_FORMAT = DYNAMIC",
          "ALTER TABLE {t} ADD INDEX i{#} (v)",
          "CREATE INDEX i{#} ON {t} (v, id)",
          "DROP INDEX i{few} ON {t}",
          "ALTER TABLE {t} ADD CONSTRAINT k{#} CHECK (v > -1000)",
          "ALTER TABLE {t} DROP CONSTRAINT k{few}",
          "ALTER TABLE {t} DEFAULT CHARACTER SET latin1",
          "CREATE VIEW w{#} AS SELECT * FROM {t}",
          "DROP VIEW IF EXISTS w{few}",
          "CREATE TABLE {db}_x.l{#} LIKE {t}",
          "CREATE TABLE {db}_x.l{#} AS SELECT * FROM {t}",
          "ALTER TABLE {db}_x.spare ADD n{#} int DEFAULT 4",
          "TRUNCATE {db}_x.spare",
          "RENAME TABLE {db}_x.spare TO {db}_x.sp{#}",
          "CREATE TRIGGER tr{#} {BEFORE|AFTER} {INSERT|UPDATE|DELETE} ON {t} FOR EACH ROW INSERT"
              + " INTO {db}_x.log (n) VALUES (1)",
          "CREATE TRIGGER tr{#} BEFORE UPDATE ON {t} FOR EACH ROW SET NEW.v = 5",
          "DROP TRIGGER IF EXISTS tr{few}",
          "CREATE PROCEDURE pr{#}() BEGIN {write}; END;; CALL pr{#}();; DROP PROCEDURE pr{#}",
          "CREATE FUNCTION fn{#}() RETURNS int DETERMINISTIC MODIFIES SQL DATA BEGIN UPDATE {t} SET"
              + " v = 8; RETURN 1; END;; SELECT fn{#}();; DROP FUNCTION fn{#}",
          "CREATE TEMPORARY TABLE {t} (id int);; INSERT INTO {t} VALUES (1);; DROP TEMPORARY TABLE"
              + " {t}",
          "CREATE TABLE IF NOT EXISTS {t} (z int)",
          "DROP TABLE IF EXISTS nobody",
          "GRANT SELECT ON {db}.* TO tidemark",
          "ALTER DATABASE {db} CHARACTER SET latin1",
          "XA START '{db}';; {write};; XA END '{db}';; XA PREPARE '{db}';; XA {COMMIT|ROLLBACK}"
              + " '{db}'",
          "PREPARE st FROM 'UPDATE {t} SET v = 6 WHERE id < {id}';; EXECUTE st",
          "LOCK TABLES {t} WRITE;; UPDATE {t} SET v = 2;; UNLOCK TABLES",
          "CREATE EVENT ev{#} ON SCHEDULE EVERY 1 YEAR STARTS '2035-01-01 00:00:00' DO DELETE FROM"
              + " {t}",
          "SET sql_mode = '{|ANSI_QUOTES|NO_BACKSLASH_ESCAPES|NO_AUTO_VALUE_ON_ZERO|"
              + "PAD_CHAR_TO_FULL_LENGTH|STRICT_ALL_TABLES}'",
          "SET foreign_key_checks = {0|1}",
          "SET unique_checks = 0",
          "SET time_zone = '{+05:00|-11:00|SYSTEM}'",
          "SET NAMES {latin1|utf8mb4|gbk}",
          "SET auto_increment_increment = 7",
          "SET sql_select_limit = 2",
          "SET autocommit = {0|1}",
          "SET timestamp = 86400",
          "SET transaction_isolation = '{READ-COMMITTED|SERIALIZABLE|REPEATABLE-READ}'",
          "SET completion_type = 'CHAIN'",
          "SET GLOBAL sql_mode = 'ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH,NO_BACKSLASH_ESCAPES'",
          "SET GLOBAL time_zone = '+09:00'",
          "SET GLOBAL sql_select_limit = 1",
          "SET GLOBAL binlog_checksum = '{NONE|CRC32}'",
          "SET GLOBAL max_allowed_packet = 16777216",
          "SET default_storage_engine = MyISAM");

  private static final List<Form> OF_MYSQL =
      all(
          forms(
              Weight.HARMLESS,
              "SET binlog_rows_query_log_events = ON",
              "SET binlog_transaction_compression = {ON|OFF}",
              "SET binlog_row_value_options = 'PARTIAL_JSON';; UPDATE {t} SET c0 = JSON_SET(c0,"
                  + " '$.a', 5)",
              "SET GLOBAL binlog_transaction_compression = ON",
              "ALTER TABLE {t} ALTER INDEX vk INVISIBLE",
              "ANALYZE TABLE {t} UPDATE HISTOGRAM ON v",
              "CREATE ROLE IF NOT EXISTS r1",
              "ALTER TABLE {t} SECONDARY_ENGINE = NULL"),
          forms(
              Weight.MEANING,
              "ALTER TABLE {t} RENAME INDEX uk TO uk2",
              "ALTER TABLE {t} ADD COLUMN my_row_id2 bigint AUTO_INCREMENT UNIQUE",
              "IMPORT TABLE FROM 'nothing.sdi'"),
          forms(
              Weight.UNPLACED,
              "SET GLOBAL binlog_row_value_options = 'PARTIAL_JSON'",
              "CREATE TABLE {db}_x.ai AS SELECT * FROM {t};; DROP TABLE {db}_x.ai"));

  private static final List<Form> OF_MARIADB =
      all(
          forms(
              Weight.MEANING,
              "CREATE OR REPLACE TABLE {t} (id int PRIMARY KEY, v int)",
              "ALTER TABLE {t} ADD SYSTEM VERSIONING",
              "ALTER TABLE {t} ADD PERIOD FOR p (a, b)",
              "ALTER IGNORE TABLE {t} ADD UNIQUE KEY (v)",
              "ALTER TABLE {db}_x.par CONVERT TABLE {t} TO PARTITION p7 VALUES LESS THAN (50)",
              "ALTER TABLE {t} CONVERT PARTITION p0 TO TABLE taken",
              "SET STATEMENT binlog_format = 'STATEMENT' FOR UPDATE {t} SET v = 4"),
          forms(
              Weight.HARMLESS,
              "SET STATEMENT max_statement_time = 100 FOR {write}",
              "SET binlog_annotate_row_events = {ON|OFF}",
              "SET binlog_alter_two_phase = ON;; ALTER TABLE {t} ADD INDEX i{#} (v)",
              "SET gtid_domain_id = {0|3}",
              "SET check_constraint_checks = 0",
              "CREATE SEQUENCE {db}_x.sq{#}",
              "CREATE OR REPLACE INDEX vk ON {t} (v)",
              "SET GLOBAL log_bin_compress = ON",
              "INSERT {rows} RETURNING id",
              "ALTER TABLE {t} ALTER INDEX vk IGNORED",
              "DELETE FROM {t} WHERE id = 3 RETURNING v"));

  private static final List<Form> COMINGS =
      all(
          forms(
              Weight.HARMLESS,
              "CREATE TABLE late (id int PRIMARY KEY, v int);; INSERT INTO late VALUES (1, 1), (2,"
                  + " 2)",
              "CREATE TABLE {db}_x.late (id int PRIMARY KEY, v int);; INSERT INTO {db}_x.late"
                  + " VALUES (3, 3);; RENAME TABLE {db}_x.late TO late"),
          forms(
              Weight.MEANING,
              "DROP TABLE late",
              "RENAME TABLE late TO {db}_x.late",
              "RENAME TABLE late TO later",
              "ALTER TABLE late MODIFY v bigint"));

  private static final List<Form> TARGET =
      all(
          forms(
              Weight.UNPLACED,
              "ALTER TABLE {T} DROP COLUMN {c}",
              "ALTER TABLE {T} ADD COLUMN z{#} int DEFAULT 5 {|FIRST}",
              "ALTER TABLE {T} MODIFY {c} {newtype}",
              "ALTER TABLE {T} MODIFY v {bigint|smallint|varchar(9)|int NOT NULL DEFAULT 4}",
              "ALTER TABLE {T} RENAME COLUMN {c} TO z{#}",
              "ALTER TABLE {T} MODIFY v int AS (id * 2) STORED",
              "ALTER TABLE {T} MODIFY g int AS (v * 5) {STORED|VIRTUAL}",
              "TRUNCATE {T}",
              "DROP TABLE {T}",
              "DROP TABLE {T};; CREATE TABLE {T} (id int PRIMARY KEY, v int)",
              "RENAME TABLE {T} TO gone_{T}",
              "RENAME TABLE {T} TO gone_{T};; RENAME TABLE gone_{T} TO {T}",
              "ALTER TABLE {T} ENGINE = {MyISAM|MEMORY|BLACKHOLE}",
              "ALTER TABLE {T} DROP PRIMARY KEY",
              "ALTER TABLE {T} CONVERT TO CHARACTER SET latin1",
              "ALTER TABLE {T} PARTITION BY HASH (id) PARTITIONS 2",
              "CREATE TRIGGER tr{#} BEFORE {INSERT|UPDATE} ON {T} FOR EACH ROW SET NEW.v = 500",
              "DROP DATABASE {db}"),
          forms(
              Weight.HARMLESS,
              "ALTER TABLE {T} ADD INDEX i{#} (v)",
              "ANALYZE TABLE {T}",
              "ALTER TABLE {T} COMMENT 'x'",
              "CREATE VIEW w{#} AS SELECT * FROM {T}",
              "FLUSH TABLES",
              "CREATE TABLE own{#} (id int)"));

  private static final List<Form> CHANGES =
      all(COLUMNS, KEYS, TABLES, PARTITIONS, SETTINGS, HARMLESS);

  private final boolean mariaDb;

  MySqlGenerator(Vendor vendor, long seed) {
    super(vendor, seed);
    this.mariaDb = vendor == Vendor.MARIADB;
  }

  @Override
  List<Form> changes() {
    return all(CHANGES, mariaDb ? OF_MARIADB : OF_MYSQL);
  }

  /** What it ignores is followed. */
  @Override
  List<Form> passedOver() {
    return List.of();
  }

  @Override
  List<Form> comings() {
    return COMINGS;
  }

  @Override
  List<Form> targetChanges() {
    return TARGET;
  }

  @Override
  List<String> writes() {
    return WRITES;
  }

  @Override
  List<String> types() {
    return TYPES;
  }

  @Override
  String schema() {
    return "{db}";
  }

  @Override
  List<String> leftOut() {
    return List.of();
  }

  @Override
  String declared(String type) {
    return type.replace(" AS (", " GENERATED ALWAYS AS (");
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
    Shape shape = makeColumns(name, "int AS (v * 2) " + any("STORED", "VIRTUAL"));
    if (chance(5)) {
      // No more than what EXCHANGE PARTITION takes.
      shape.columns().clear();
      shape.columns().put("v", "int");
    }
    StringBuilder columns = new StringBuilder();
    shape
        .columns()
        .forEach((column, type) -> columns.append(", ").append(column).append(' ').append(type));
    String table =
        switch (random.nextInt(6)) {
          case 0 -> "CREATE TABLE {t} (id int NOT NULL{columns}, UNIQUE KEY uk (id), KEY vk (v))";
          case 1 -> "CREATE TABLE {t} (id int AUTO_INCREMENT PRIMARY KEY{columns}, KEY vk (v))";
          default -> "CREATE TABLE {t} (id int PRIMARY KEY{columns}, KEY vk (v))";
        };
    String partitions =
        chance(5)
            ? any(
                " PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (30), PARTITION p1 VALUES"
                    + " LESS THAN MAXVALUE)",
                " PARTITION BY HASH (id) PARTITIONS 3",
                " PARTITION BY KEY (id) PARTITIONS 2")
            : "";
    prepare(table.replace("{t}", name).replace("{columns}", columns) + partitions);
    return shape;
  }

  @Override
  boolean takesFilter(Shape shape) {
    return true;
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
    return "INSERT IGNORE " + rows(shape);
  }
}
