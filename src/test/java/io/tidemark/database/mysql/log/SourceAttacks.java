package io.tidemark.database.mysql.log;

import static io.tidemark.database.mysql.log.SourceAttack.passes;
import static io.tidemark.database.mysql.log.SourceAttack.stops;
import static io.tidemark.lab.MySqlVendor.MARIADB;
import static io.tidemark.lab.MySqlVendor.MYSQL;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a source's sessions may do beside changing rows: all that must end a stream, and all that
 * must not.
 */
final class SourceAttacks {

  private static final String KEYLESS = "id INT NOT NULL, a INT, b VARCHAR(20), UNIQUE KEY uk (id)";
  private static final String PARTITIONED =
      "id INT PRIMARY KEY, a INT, b VARCHAR(20)) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS"
          + " THAN (100), PARTITION p1 VALUES LESS THAN (2000)";
  private static final String UNPARTITIONED =
      "CREATE TABLE %u (id INT PRIMARY KEY, a INT, b VARCHAR(20))";
  private static final String OTHER_PARTITIONED = "CREATE TABLE %u (" + PARTITIONED + ")";
  private static final String WRITING_FUNCTION =
      "CREATE FUNCTION %u_f() RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO %t"
          + " VALUES (70, 7, 'f'); RETURN 1; END";
  private static final String[] CASCADING = {
    "INSERT INTO %m VALUES (1), (2), (3)",
    "UPDATE %t SET a = id",
    "ALTER TABLE %t ADD FOREIGN KEY (a) REFERENCES %m (id) ON UPDATE CASCADE"
  };
  private static final String PARENT = "CREATE TABLE %u (id INT PRIMARY KEY)";

  private SourceAttacks() {}

  static List<SourceAttack> all() {
    return Stream.of(
            replaced(),
            partitions(),
            statements(),
            columns(),
            keys(),
            disguised(),
            harmless(),
            harmlessAlterations(),
            harmlessRows())
        .flatMap(List::stream)
        .toList();
  }

  /** The table's rows, or its name, come and go without a row in the log. */
  private static List<SourceAttack> replaced() {
    return List.of(
        stops("DROP TABLE %t", "DROP TABLE"),
        stops("DROP TABLE IF EXISTS %u, %t").after(PARENT),
        stops("RENAME TABLE %t TO %t_away", "RENAME TABLE"),
        stops("RENAME TABLE %t TO %t_old, %u TO %t").after(UNPARTITIONED),
        stops("RENAME TABLE %u TO %u_x, %t TO %u, %u_x TO %t").after(UNPARTITIONED),
        stops("ALTER TABLE %t RENAME TO %t_2", "ALTER TABLE"),
        stops("ALTER TABLE %t ADD INDEX (a), RENAME AS %t_3"),
        stops("CREATE OR REPLACE TABLE %t (id INT PRIMARY KEY, a INT, b VARCHAR(20))")
            .only(MARIADB),
        stops("CREATE OR REPLACE TABLE %t LIKE %u").after(UNPARTITIONED).only(MARIADB),
        stops("CREATE OR REPLACE TABLE %t AS SELECT 5 AS id, 6 AS a, 'x' AS b").only(MARIADB),
        stops("CREATE OR REPLACE SEQUENCE %t").only(MARIADB),
        stops("ALTER TABLE %t ENGINE = MyISAM"),
        stops("ALTER TABLE %t COMMENT 'x' ENGINE = BLACKHOLE").only(MYSQL),
        stops("ALTER TABLE %t DISCARD TABLESPACE"),
        stops("ALTER TABLE %t ADD SYSTEM VERSIONING").only(MARIADB));
  }

  private static List<SourceAttack> partitions() {
    return List.of(
        stops("ALTER TABLE %t DROP PARTITION p0").of(PARTITIONED),
        stops("ALTER TABLE %t TRUNCATE PARTITION p0").of(PARTITIONED),
        stops("ALTER TABLE %t TRUNCATE PARTITION ALL").of(PARTITIONED),
        stops("ALTER TABLE %t EXCHANGE PARTITION p0 WITH TABLE %u")
            .of(PARTITIONED)
            .after(UNPARTITIONED, "INSERT INTO %u VALUES (50, 5, 'x')"),
        stops("ALTER TABLE %u EXCHANGE PARTITION p0 WITH TABLE %t", "EXCHANGE")
            .after(OTHER_PARTITIONED, "INSERT INTO %u VALUES (50, 5, 'x')"),
        stops("ALTER TABLE elsewhere.%u EXCHANGE PARTITION p0 WITH TABLE %t")
            .after("CREATE TABLE elsewhere.%u (" + PARTITIONED + ")"),
        stops("ALTER TABLE %t EXCHANGE PARTITION p0 WITH TABLE elsewhere.%u WITHOUT VALIDATION")
            .only(MYSQL)
            .of(PARTITIONED)
            .after("CREATE TABLE elsewhere.%u (id INT PRIMARY KEY, a INT, b VARCHAR(20))"),
        stops("ALTER TABLE %u CONVERT TABLE %t TO PARTITION p2 VALUES LESS THAN (3000)")
            .only(MARIADB)
            .after(
                OTHER_PARTITIONED,
                "DELETE FROM %t",
                "INSERT INTO %t VALUES (2500, 1, 'in the new partition')"),
        stops("ALTER TABLE %t CONVERT PARTITION p0 TO TABLE %u").only(MARIADB).of(PARTITIONED),
        stops("ALTER TABLE %t DISCARD PARTITION p0 TABLESPACE").of(PARTITIONED).only(MYSQL),
        passes("ALTER TABLE %u EXCHANGE PARTITION p0 WITH TABLE %u_2")
            .after(OTHER_PARTITIONED, UNPARTITIONED.replace("%u", "%u_2")),
        passes("ALTER TABLE %t ADD PARTITION (PARTITION p2 VALUES LESS THAN (3000))")
            .of(PARTITIONED),
        passes(
                "ALTER TABLE %t REORGANIZE PARTITION p0 INTO (PARTITION q0 VALUES LESS THAN (2),"
                    + " PARTITION q1 VALUES LESS THAN (100))")
            .of(PARTITIONED),
        passes("ALTER TABLE %t REBUILD PARTITION p0, p1").of(PARTITIONED),
        passes("ALTER TABLE %t OPTIMIZE PARTITION ALL").of(PARTITIONED),
        passes("ALTER TABLE %t ANALYZE PARTITION p0").of(PARTITIONED),
        passes("ALTER TABLE %t CHECK PARTITION p0").of(PARTITIONED),
        passes("ALTER TABLE %t REMOVE PARTITIONING").of(PARTITIONED),
        passes(
            "ALTER TABLE %t PARTITION BY HASH (id) PARTITIONS 3",
            "ALTER TABLE %t ADD PARTITION PARTITIONS 2", "ALTER TABLE %t COALESCE PARTITION 1"),
        passes("ALTER TABLE %t ADD INDEX (a) PARTITION BY KEY (id) PARTITIONS 2"));
  }

  /** The log has a statement where it should have rows. */
  private static List<SourceAttack> statements() {
    return List.of(
        stops("INSERT INTO %t VALUES (50, 4711, 'secret')", "INSERT", "binlog_format = ROW")
            .inPlaceOfRows(),
        stops("UPDATE %t SET a = 9", "UPDATE").inPlaceOfRows(),
        stops("DELETE FROM %t", "DELETE").inPlaceOfRows(),
        stops("REPLACE INTO %t VALUES (1, 2, 'secret')", "REPLACE").inPlaceOfRows(),
        stops("UPDATE %t SET a = 9", "UPDATE").inPlaceOfRows().with("binlog_format = 'MIXED'"),
        stops("INSERT INTO %u VALUES (1)", "INSERT")
            .after(
                PARENT,
                "CREATE TRIGGER %u_tr AFTER INSERT ON %u FOR EACH ROW INSERT INTO %t VALUES (60, 6,"
                    + " 'by a trigger')")
            .inPlaceOfRows(),
        stops("LOAD DATA LOCAL INFILE '%f' INTO TABLE %t", "LOAD DATA").inPlaceOfRows(),
        stops("SELECT %u_f()", "SELECT").after(WRITING_FUNCTION).inPlaceOfRows(),
        stops("DO %u_f()", "SELECT").after(WRITING_FUNCTION).inPlaceOfRows(),
        stops("SET @x = %u_f()", "SELECT").after(WRITING_FUNCTION).inPlaceOfRows(),
        stops("CALL %u_p()", "INSERT")
            .after("CREATE PROCEDURE %u_p() INSERT INTO %t VALUES (80, 8, 'p')")
            .inPlaceOfRows(),
        stops("CREATE TABLE %u AS SELECT %u_f() AS x", "CREATE TABLE")
            .after(WRITING_FUNCTION)
            .only(MARIADB)
            .inPlaceOfRows(),
        stops("CREATE TEMPORARY TABLE %u AS SELECT %u_f() AS x", "CREATE TEMPORARY")
            .after(WRITING_FUNCTION)
            .only(MARIADB)
            .inPlaceOfRows(),
        // What shares its name with the copied table is of that session alone.
        stops("TRUNCATE %t", "temporary")
            .with("binlog_format = 'STATEMENT'")
            .preceded("CREATE TEMPORARY TABLE %t (x INT)"));
  }

  private static List<SourceAttack> columns() {
    return List.of(
        stops("ALTER TABLE %t ADD COLUMN n INT", "schema-changes: ignore"),
        stops("ALTER TABLE %t MODIFY a BIGINT, ADD INDEX (a)"),
        stops("ALTER TABLE %t DROP COLUMN a"),
        stops("ALTER TABLE %t CHANGE a b2 INT"),
        stops("ALTER TABLE %t RENAME COLUMN a TO c"),
        stops("ALTER TABLE %t CONVERT TO CHARACTER SET latin1"),
        stops("ALTER TABLE %t ALTER a SET DEFAULT 5"),
        stops("ALTER TABLE %t RENAME COLUMN a TO c, RENAME COLUMN c TO a", "Column a is copied")
            .of("id INT PRIMARY KEY, a INT, c INT")
            .ignoring(),
        stops("ALTER TABLE %t CHANGE a c INT, CHANGE c a INT", "is copied")
            .of("id INT PRIMARY KEY, a INT, c INT")
            .ignoring(),
        stops("ALTER TABLE %t MODIFY e ENUM('b', 'a') NOT NULL", "Column e is copied")
            .of("id INT PRIMARY KEY, e ENUM('a', 'b') NOT NULL")
            .ignoring(),
        stops("ALTER TABLE %t DROP COLUMN a, ADD COLUMN a INT DEFAULT 7", "Column a is copied")
            .ignoring(),
        stops("ALTER TABLE %t DROP COLUMN A", "Column A is copied").ignoring(),
        stops("ALTER TABLE %t MODIFY a INT UNSIGNED", "Column a is copied").ignoring(),
        stops("ALTER TABLE %t MODIFY b VARCHAR(3)").ignoring().with("sql_mode = ''"),
        stops("ALTER TABLE %t CONVERT TO CHARACTER SET latin1", "Copied columns").ignoring(),
        passes("ALTER TABLE %t ADD COLUMN n INT FIRST", "UPDATE %t SET n = 5").ignoring(),
        passes("ALTER TABLE %t ADD (n INT NOT NULL DEFAULT 4, m TEXT)", "UPDATE %t SET n = 5")
            .ignoring(),
        passes("ALTER TABLE %t DROP COLUMN b", "UPDATE %t SET a = 5").copying("id", "a").ignoring(),
        passes("ALTER TABLE %t CHANGE b c INT, ADD d INT AFTER id", "UPDATE %t SET a = 6")
            .of("id INT PRIMARY KEY, a INT, b BIGINT")
            .copying("id", "a")
            .ignoring());
  }

  /** What tells rows apart, and what changes them along with others. */
  private static List<SourceAttack> keys() {
    return List.of(
        stops("ALTER TABLE %t DROP PRIMARY KEY", "key that tells"),
        stops("DROP INDEX `PRIMARY` ON %t", "key that tells"),
        stops("ALTER TABLE %t DROP INDEX UK", "key that tells").of(KEYLESS),
        stops("DROP INDEX uk ON %t", "key that tells").of(KEYLESS),
        stops("ALTER TABLE %t DROP CONSTRAINT uk", "key that tells").of(KEYLESS),
        stops("ALTER TABLE %t RENAME INDEX uk TO other", "key that tells").of(KEYLESS),
        stops("ALTER TABLE %t ADD PRIMARY KEY (id)", "key that tells").of(KEYLESS),
        stops("CREATE OR REPLACE INDEX uk ON %t (a)", "key that tells").of(KEYLESS).only(MARIADB),
        stops("ALTER IGNORE TABLE %t ADD UNIQUE KEY (a)")
            .only(MARIADB)
            .after("INSERT INTO %t VALUES (21, 5, 'x'), (22, 5, 'y')"),
        stops("ALTER TABLE %t ADD FOREIGN KEY (a) REFERENCES %u (id) ON DELETE CASCADE", "MariaDB")
            .only(MARIADB)
            .after(PARENT, "UPDATE %t SET a = NULL"),
        stops("ALTER TABLE %t ADD FOREIGN KEY (a) REFERENCES %u (id) ON DELETE SET NULL", "MariaDB")
            .only(MARIADB)
            .after(PARENT, "UPDATE %t SET a = NULL"),
        stops("ALTER TABLE %t ADD FOREIGN KEY (a) REFERENCES %u (id) ON UPDATE CASCADE", "MariaDB")
            .only(MARIADB)
            .after(PARENT, "UPDATE %t SET a = NULL"),
        stops("UPDATE %m SET id = 9 WHERE id = 1", "foreign key", "MariaDB")
            .only(MARIADB)
            .after(CASCADING),
        passes(
                "INSERT INTO %m VALUES (7)",
                "UPDATE %t SET a = 7 WHERE id = 2",
                "UPDATE %m SET id = id",
                "DELETE FROM %m WHERE id = 3")
            .after(CASCADING)
            .preceded("UPDATE %t SET a = 1 WHERE id = 3"),
        stops("ALTER TABLE %t ADD COLUMN r INT REFERENCES %u (id) ON DELETE CASCADE", "MariaDB")
            .ignoring()
            .only(MARIADB)
            .after(PARENT),
        passes(
                "ALTER TABLE %t ADD FOREIGN KEY (a) REFERENCES %u (id) ON DELETE CASCADE ON UPDATE"
                    + " CASCADE",
                "UPDATE %u SET id = 9 WHERE id = 1", "DELETE FROM %u WHERE id = 2")
            .only(MYSQL)
            .after(PARENT, "INSERT INTO %u VALUES (1), (2), (3)", "UPDATE %t SET a = id"),
        passes(
                "ALTER TABLE %t ADD CONSTRAINT %u_fk FOREIGN KEY (a) REFERENCES %u (id) ON DELETE"
                    + " RESTRICT ON UPDATE NO ACTION",
                "ALTER TABLE %t DROP FOREIGN KEY %u_fk")
            .after(PARENT, "UPDATE %t SET a = NULL"),
        passes("ALTER TABLE %t DROP INDEX ia").of("id INT PRIMARY KEY, a INT, KEY ia (a)"),
        passes("DROP INDEX ia ON %t").of("id INT PRIMARY KEY, a INT, KEY ia (a)"),
        passes("ALTER TABLE %t RENAME INDEX ia TO ib").of("id INT PRIMARY KEY, a INT, KEY ia (a)"));
  }

  /** The same in other clothes. */
  private static List<SourceAttack> disguised() {
    return List.of(
        stops("/* ALTER VIEW */ aLtEr /*!80000 table */ %t\n\tdRoP `a`").only(MYSQL),
        stops("/* ALTER VIEW */ aLtEr /*!50000 table */ %t\n\tdRoP `a`").only(MARIADB),
        stops("DROP /*M! TABLE */ %t").only(MARIADB),
        stops("DROP /*!99999 VIEW v, */ TABLE %t").only(MYSQL),
        stops("DROP /*!999999 VIEW v, */ TABLE %t").only(MYSQL),
        stops("DROP /*!80000 VIEW v, */ TABLE %t").only(MARIADB),
        stops("DROP /*M!999999 VIEW v, */ TABLE %t"),
        stops("#DROP VIEW x\nDROP TABLE %t"),
        stops("--\tDROP VIEW x\nDROP TABLE %t"),
        stops("DROP TABLE `db` . `%t`"),
        stops("DROP TABLE \"%t\"").with("sql_mode = 'ANSI_QUOTES'"),
        stops("ALTER TABLE \"%t\" DROP \"a\"").with("sql_mode = 'ANSI_QUOTES'"),
        stops("ALTER TABLE %t COMMENT '\\', DROP COLUMN a -- '")
            .with("sql_mode = 'NO_BACKSLASH_ESCAPES'"),
        // Two of its bytes are one character, or a character and the end of the comment.
        stops("ALTER TABLE %t COMMENT 'é', DROP COLUMN a").with("character_set_client = 'gbk'"),
        stops("SET STATEMENT max_statement_time = 100 FOR DROP TABLE %t").only(MARIADB),
        stops("ALTER TABLE [%t] DROP [a]").with("sql_mode = 'MSSQL'").only(MARIADB),
        passes("DROP TABLE `%T`").after("CREATE TABLE `%T` (id INT)"),
        passes("ALTER TABLE %u COMMENT 'DROP TABLE %t'").after(PARENT),
        passes("ALTER TABLE %u ADD `%t` INT").after(PARENT));
  }

  /** What is about no row of a table. */
  private static List<SourceAttack> harmless() {
    return List.of(
        passes("CREATE INDEX y ON %t (a)"),
        passes("CREATE UNIQUE INDEX z ON %t (id, a) COMMENT 'x'"),
        passes("CREATE FULLTEXT INDEX ft ON %t (b)"),
        passes("CREATE OR REPLACE INDEX y ON %t (a)").only(MARIADB),
        passes("ANALYZE TABLE %t", "OPTIMIZE TABLE %t", "CHECK TABLE %t", "CHECKSUM TABLE %t"),
        passes("ANALYZE TABLE %t UPDATE HISTOGRAM ON a").only(MYSQL),
        passes("FLUSH TABLES", "FLUSH TABLES %t", "FLUSH PRIVILEGES", "FLUSH STATUS"),
        passes("CREATE TABLE IF NOT EXISTS %t (z INT)"),
        passes("CREATE TABLE %u AS SELECT * FROM %t", "DROP TABLE %u"),
        passes("CREATE TABLE %u LIKE %t", "ALTER TABLE %u DROP a", "RENAME TABLE %u TO %u_2"),
        passes("DROP TABLE IF EXISTS nobody"),
        passes(
            "CREATE TEMPORARY TABLE %t (x INT)",
            "INSERT INTO %t VALUES (1)", "TRUNCATE %t", "DROP TEMPORARY TABLE %t"),
        passes(
            "CREATE VIEW %u AS SELECT * FROM %t",
            "ALTER VIEW %u AS SELECT 1", "CREATE OR REPLACE VIEW %u AS SELECT 2", "DROP VIEW %u"),
        passes(
            "CREATE TRIGGER %u_tr BEFORE INSERT ON %t FOR EACH ROW SET NEW.a = 77",
            "INSERT INTO %t VALUES (90, 1, 'with a trigger')", "DROP TRIGGER %u_tr"),
        passes(
            "CREATE PROCEDURE %u_p() DELETE FROM %t WHERE id = 1",
            "ALTER PROCEDURE %u_p COMMENT 'DROP TABLE %t'", "CALL %u_p()", "DROP PROCEDURE %u_p"),
        passes(WRITING_FUNCTION, "DO %u_f()", "DROP FUNCTION %u_f"),
        passes(
            "CREATE EVENT %u_e ON SCHEDULE EVERY 1 YEAR STARTS '2035-01-01 00:00:00' DO DELETE FROM"
                + " %t",
            "ALTER EVENT %u_e DISABLE", "DROP EVENT %u_e"),
        passes(
                "CREATE USER %u_x IDENTIFIED BY 'pw'",
                "GRANT SELECT ON %t TO %u_x",
                "REVOKE SELECT ON %t FROM %u_x",
                "ALTER USER %u_x ACCOUNT LOCK",
                "SET PASSWORD FOR %u_x = 'a,b'",
                "RENAME USER %u_x TO %u_y",
                "DROP USER %u_y")
            .only(MYSQL),
        passes(
                "CREATE USER %u_x IDENTIFIED BY 'pw'",
                "GRANT SELECT ON %t TO %u_x",
                "SET PASSWORD FOR %u_x = PASSWORD('pw')",
                "CREATE ROLE %u_r",
                "GRANT %u_r TO %u_x",
                "SET DEFAULT ROLE %u_r FOR %u_x",
                "DROP ROLE %u_r",
                "DROP USER %u_x")
            .only(MARIADB),
        passes("CREATE ROLE %u_r", "DROP ROLE %u_r"),
        passes(
            "CREATE DATABASE %u_d",
            "ALTER DATABASE %u_d CHARACTER SET latin1", "DROP DATABASE %u_d"),
        passes("ALTER DATABASE db COLLATE utf8mb4_bin"),
        passes(
            "CREATE SERVER %u_s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x', PASSWORD 'pw')",
            "DROP SERVER %u_s"),
        passes("CREATE SEQUENCE %u_q", "ALTER SEQUENCE %u_q RESTART 5", "DROP SEQUENCE %u_q")
            .only(MARIADB),
        passes("CREATE PACKAGE %u_k AS FUNCTION f RETURN INT; END", "DROP PACKAGE %u_k")
            .with("sql_mode = 'ORACLE'")
            .only(MARIADB),
        passes(
                "CREATE TABLESPACE %u_ts ADD DATAFILE '%u_ts.ibd'",
                "ALTER TABLE %t TABLESPACE %u_ts",
                "ALTER TABLE %t TABLESPACE innodb_file_per_table",
                "DROP TABLESPACE %u_ts")
            .only(MYSQL),
        passes(
                "CREATE UNDO TABLESPACE %u_un ADD DATAFILE '%u_un.ibu'",
                "ALTER UNDO TABLESPACE %u_un SET INACTIVE")
            .only(MYSQL),
        passes(
                "CREATE SPATIAL REFERENCE SYSTEM IF NOT EXISTS 990001 NAME 'x' DEFINITION"
                    + " 'GEOGCS[\"x\",DATUM[\"d\",SPHEROID[\"s\",6378137,298.25]],PRIMEM[\"g\",0],"
                    + "UNIT[\"degree\",0.017453292519943278],AXIS[\"Lat\",NORTH],AXIS[\"Lon\",EAST]]'",
                "DROP SPATIAL REFERENCE SYSTEM 990001")
            .only(MYSQL),
        passes("INSERT INTO mysql.%u VALUES (1)", "DELETE FROM mysql.%u")
            .after("CREATE TABLE mysql.%u (id INT)")
            .with("binlog_format = 'STATEMENT'"),
        passes("SET STATEMENT max_statement_time = 100 FOR CREATE INDEX x ON %t (a)")
            .only(MARIADB));
  }

  /** What may be altered of a copied table. */
  private static List<SourceAttack> harmlessAlterations() {
    return List.of(
        passes("ALTER TABLE %t ADD INDEX x (a) COMMENT 'c', ALGORITHM = INPLACE, LOCK = NONE"),
        passes("ALTER TABLE %t ADD UNIQUE KEY x (a, id), ADD FULLTEXT INDEX ft (b)"),
        passes("ALTER TABLE %t ADD INDEX x (a) INVISIBLE", "ALTER TABLE %t ALTER INDEX x VISIBLE")
            .only(MYSQL),
        passes("ALTER TABLE %t ADD INDEX x (a) IGNORED", "ALTER TABLE %t ALTER INDEX x NOT IGNORED")
            .only(MARIADB),
        passes("ALTER TABLE %t COMMENT 'c', AUTO_INCREMENT = 100"),
        passes("ALTER TABLE %t COMMENT = 'c' AUTO_INCREMENT = 100 ROW_FORMAT = DYNAMIC"),
        passes("ALTER TABLE %t STATS_PERSISTENT = 1, STATS_AUTO_RECALC 0, STATS_SAMPLE_PAGES = 9"),
        passes("ALTER TABLE %t MAX_ROWS = 9 MIN_ROWS 1 AVG_ROW_LENGTH = 5 CHECKSUM = 1"),
        passes("ALTER TABLE %t PACK_KEYS = 1 DELAY_KEY_WRITE = 1"),
        passes("ALTER TABLE %t KEY_BLOCK_SIZE = 8"),
        passes("ALTER TABLE %t ENGINE = InnoDB"),
        passes("ALTER TABLE %t ENGINE InnoDB, FORCE"),
        passes("ALTER TABLE %t COMPRESSION = 'none' AUTOEXTEND_SIZE = 4M").only(MYSQL),
        passes("ALTER TABLE %t ENCRYPTION = 'N'").only(MYSQL),
        passes("ALTER TABLE %t PAGE_COMPRESSED = 0 ENCRYPTED = NO TRANSACTIONAL = 1")
            .only(MARIADB)
            .with("sql_mode = ''"),
        passes("ALTER TABLE %t DEFAULT CHARACTER SET latin1 COLLATE latin1_bin"),
        passes("ALTER TABLE %t CHARSET = latin1", "ALTER TABLE %t COLLATE utf8mb4_bin"),
        passes("ALTER TABLE %t ORDER BY a DESC, b"),
        passes("ALTER TABLE %t DISABLE KEYS", "ALTER TABLE %t ENABLE KEYS"),
        passes(
            "ALTER TABLE %t ADD CONSTRAINT %u_c CHECK (a < 1000)",
            "ALTER TABLE %t DROP CONSTRAINT %u_c"),
        passes(
                "ALTER TABLE %t ADD CHECK (a < 1000) NOT ENFORCED, ADD CONSTRAINT %u_c CHECK (a < 9999)",
                "ALTER TABLE %t ALTER CHECK %u_c NOT ENFORCED", "ALTER TABLE %t DROP CHECK %u_c")
            .only(MYSQL),
        passes("ALTER ONLINE TABLE IF EXISTS %t WAIT 5 ADD INDEX IF NOT EXISTS x (a)")
            .only(MARIADB),
        passes("ALTER TABLE %t ADD INDEX x (a)").only(MARIADB).with("binlog_alter_two_phase = ON"),
        passes("ALTER TABLE %t FORCE", "ALTER TABLE %u ADD b INT, DROP id, RENAME TO %u_2")
            .after(PARENT));
  }

  /** Rows of which the log tells, however they come about. */
  private static List<SourceAttack> harmlessRows() {
    return List.of(
        passes("INSERT INTO %t (id, h) VALUES (50, 9)", "UPDATE %t SET h = 6")
            .of("id INT PRIMARY KEY, a INT, h INT INVISIBLE DEFAULT 5"),
        passes("INSERT INTO %t (id, a) VALUES (50, 9)", "UPDATE %t SET a = 6")
            .of("id INT PRIMARY KEY, a INT, v INT AS (a + 1) VIRTUAL, s INT AS (a + 2) STORED"),
        passes(
                "INSERT INTO %u VALUES (1)",
                "UPDATE %u SET id = 2", "DELETE FROM %u", "ALTER TABLE %u DROP SYSTEM VERSIONING")
            .only(MARIADB)
            .after("CREATE TABLE %u (id INT) WITH SYSTEM VERSIONING"),
        passes("TRUNCATE %t", "TRUNCATE TABLE %t"),
        passes("TRUNCATE `%T`").after("CREATE TABLE `%T` (id INT)"),
        passes("INSERT INTO %t VALUES (50, 1, 'x'), (51, 2, 'y')", "DELETE FROM %t WHERE a = 1"),
        passes("INSERT INTO %u VALUES (1)", "DELETE FROM %u")
            .after(
                PARENT,
                "CREATE TRIGGER %u_t AFTER INSERT ON %u FOR EACH ROW INSERT INTO %t VALUES (60, 6,"
                    + " 'by a trigger')"),
        passes("LOAD DATA LOCAL INFILE '%f' INTO TABLE %t"),
        passes("INSERT INTO %t VALUES (50, 1, 'annotated')")
            .with("binlog_annotate_row_events = ON")
            .only(MARIADB),
        passes("INSERT INTO %t VALUES (50, 1, 'annotated')")
            .with("binlog_rows_query_log_events = ON")
            .only(MYSQL));
  }
}
