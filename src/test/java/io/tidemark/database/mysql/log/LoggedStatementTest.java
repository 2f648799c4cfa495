package io.tidemark.database.mysql.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.mysql.log.LoggedStatement.Kind;
import io.tidemark.database.mysql.session.SqlWords.Dialect;
import io.tidemark.schema.TableId;
import io.tidemark.testing.DamagedInput;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoggedStatementTest {

  private static LoggedStatement parse(String schema, String sql) {
    return LoggedStatement.parse(schema, sql, new Dialect(true, false, true));
  }

  /** What it is; of an alteration also what it does to its table. */
  private static String effect(LoggedStatement statement) {
    Alteration alteration = statement.alteration();
    StringBuilder effect = new StringBuilder(statement.kind().name());
    if (statement.kind() == Kind.ALTER) {
      new TreeSet<>(alteration.columns()).forEach(name -> effect.append(" column ").append(name));
      new TreeSet<>(alteration.indexes()).forEach(name -> effect.append(" index ").append(name));
      effect.append(alteration.everyColumn() ? " columns" : "");
      effect.append(alteration.key() ? " key" : "");
      effect.append(alteration.cascades() ? " cascades" : "");
      effect.append(alteration.moves() ? " moves" : "");
      alteration.others().forEach(table -> effect.append(' ').append(table));
    }
    return effect.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '^',
      value = {
        "BEGIN; BEGIN",
        "begin; BEGIN",
        "START TRANSACTION; BEGIN",
        "BEGIN NOT ATOMIC DELETE FROM t END; UNKNOWN",
        "COMMIT; COMMIT",
        "COMMIT AND x; UNKNOWN",
        "ROLLBACK TO `x`; ROLLBACK_TO_SAVEPOINT",
        "ROLLBACK; ROLLBACK",
        "SAVEPOINT `x`; SAVEPOINT",
        "RELEASE SAVEPOINT `x`; SAVEPOINT",
        "XA START X'61',X'',1; XA_START",
        "XA END X'61',X'',1; XA_END",
        "XA RECOVER; UNKNOWN",
        "TRUNCATE t; TRUNCATE",
        "TRUNCATE TABLE t WAIT 3; TRUNCATE",
        "TRUNCATE t, u; UNCLEAR",
        "insert into t values (1); ROWS",
        "(SELECT 1); ROWS",
        "SELECT `db`.`f`(1); ROWS",
        "DO f(); ROWS",
        "CALL p(); ROWS",
        "TABLE t; ROWS",
        "/* hint */ UPDATE t SET a = 1; ROWS",
        "SET STATEMENT max_statement_time=1 FOR DELETE FROM t; ROWS",
        "SET STATEMENT max_statement_time=f() FOR CREATE VIEW v AS SELECT 1; UNKNOWN",
        "SET @x = f(); UNKNOWN",
        "ANALYZE UPDATE t SET a = 1; UNKNOWN",
        "EXPLAIN ANALYZE SELECT f(); UNKNOWN",
        "IMPORT TABLE FROM 't.sdi'; UNKNOWN",
        "OPTIMUS TABLE t; UNKNOWN",
        "\uFFFD; UNKNOWN",
      })
  void framesAndStatementsInPlaceOfRows(String sql, String effect) {
    assertThat(effect(parse("db", sql))).isEqualTo(effect);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '^',
      value = {
        "INSERT INTO mysql.rds_heartbeat2(id, value) values (1,1532) ON DUPLICATE KEY UPDATE value"
            + " = 1532; HARMLESS",
        "DELETE FROM mysql.rds_sysinfo where name = 'innodb_txn_key'; HARMLESS",
        "INSERT INTO mysql.rds_monitor VALUES (1), (2); HARMLESS",
        "UPDATE mysql.x SET a = 1 WHERE b IN (1, 2); HARMLESS",
        "INSERT INTO mysql.x VALUES (f()); ROWS",
        "INSERT INTO mysql.x (SELECT f()); ROWS",
        "INSERT INTO mysql.x SELECT f(); ROWS",
        "INSERT INTO mysql.x VALUES (db . f (1)); ROWS",
        "INSERT INTO x VALUES (1); ROWS",
        "DELETE FROM mysql.x USING t; ROWS",
        "DELETE mysql.x, t FROM mysql.x, t; ROWS",
        "DELETE FROM mysql.x WHERE a = (SELECT f()); ROWS",
        "UPDATE mysql.x, t SET t.a = 1; ROWS",
        "REPLACE INTO mysql.x VALUES (1); ROWS",
        "INSERT INTO mysql.x VALUES (1) /* ; ROWS",
      })
  void rowsOfTheServersOwnAreNobodysBusiness(String sql, String effect) {
    assertThat(effect(parse("db", sql))).isEqualTo(effect);
    assertThat(effect(parse("mysql", sql.replace("mysql.x", "x"))))
        .isEqualTo(sql.contains(" x ") ? "HARMLESS" : effect);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '^',
      value = {
        "CREATE TABLE t (a INT) START TRANSACTION; CREATE_AND_FILL",
        "CREATE TABLE t (a INT); HARMLESS",
        "CREATE TABLE t LIKE u; HARMLESS",
        "CREATE TABLE t (a INT) PARTITION BY LIST (a) (PARTITION p VALUES IN (1)); HARMLESS",
        "CREATE TABLE t (a INT) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (1)); HARMLESS",
        "CREATE TABLE t SELECT f(); ROWS",
        "CREATE TABLE t (a INT) AS (SELECT 1); ROWS",
        "CREATE TABLE t TABLE u; ROWS",
        "CREATE TABLE t VALUES ROW(f()); ROWS",
        "CREATE TABLE t (a INT COMMENT '; UNKNOWN",
        "CREATE OR REPLACE TABLE t (a INT); HIDDEN_ROWS",
        "CREATE OR REPLACE TEMPORARY TABLE t (a INT); HARMLESS",
        "CREATE TEMPORARY TABLE t (a INT); HARMLESS",
        "CREATE TEMPORARY TABLE t SELECT f() AS x; ROWS",
        "CREATE OR REPLACE SEQUENCE t; HIDDEN_ROWS",
        "CREATE SEQUENCE t; HARMLESS",
        "CREATE DATABASE d; HARMLESS",
        "CREATE OR REPLACE DATABASE d; DROP_DATABASE",
        "ALTER DATABASE d CHARACTER SET = latin1 COLLATE latin1_bin; HARMLESS",
        "ALTER DATABASE d READ ONLY = 1; HARMLESS",
        "ALTER DATABASE `#mysql50#a-b` UPGRADE DATA DIRECTORY NAME; UNCLEAR",
        "CREATE DEFINER=`root`@`localhost` PROCEDURE p() TRUNCATE t; HARMLESS",
        "CREATE DEFINER = CURRENT_USER() SQL SECURITY INVOKER VIEW v AS SELECT 1; HARMLESS",
        "CREATE OR REPLACE ALGORITHM = MERGE VIEW v AS SELECT 1; HARMLESS",
        "CREATE AGGREGATE FUNCTION f RETURNS INT SONAME 'x'; HARMLESS",
        "CREATE FUNCTION f() RETURNS INT LANGUAGE JAVASCRIPT AS $$ ' $$; HARMLESS",
        "ALTER VIEW v AS SELECT 1; HARMLESS",
        "CREATE INDEX x ON t (a); HARMLESS",
        "CREATE UNIQUE INDEX x USING BTREE ON t (a); HARMLESS",
        "CREATE OR REPLACE UNIQUE INDEX x ON t (a); ALTER index x",
        "DROP INDEX X ON t; ALTER index x",
        "DROP INDEX `PRIMARY` ON t ALGORITHM = INPLACE LOCK NONE; ALTER index primary",
        "DROP TABLE IF EXISTS `t` /* generated by server */; HIDDEN_ROWS",
        "DROP TABLE t, u WAIT 1; HIDDEN_ROWS",
        "DROP TEMPORARY TABLE IF EXISTS `t`; HARMLESS",
        "DROP TABLE t !; UNCLEAR",
        "DROP DATABASE IF EXISTS db; DROP_DATABASE",
        "DROP SPATIAL REFERENCE SYSTEM 4120; HARMLESS",
        "DROP UNDO TABLESPACE u; HARMLESS",
        "DROP MAGIC m; UNKNOWN",
        "RENAME TABLE t TO u; HIDDEN_ROWS",
        "RENAME TABLE t TO u, a.v TO a.t; HIDDEN_ROWS",
        "RENAME USER a TO b; HARMLESS",
        "REPAIR TABLE t; HIDDEN_ROWS",
        "OPTIMIZE TABLE t; HARMLESS",
        "ANALYZE LOCAL TABLE t; HARMLESS",
        "GRANT ALL ON t TO u; HARMLESS",
        "CREATE LIBRARY IF NOT EXISTS l LANGUAGE JAVASCRIPT AS 'x'; HARMLESS",
        "ALTER LIBRARY l COMMENT 'y'; HARMLESS",
        "DROP LIBRARY l; HARMLESS",
        "CREATE OR REPLACE JSON RELATIONAL DUALITY VIEW d AS SELECT 1; HARMLESS",
        "CREATE JSON DUALITY VIEW d AS SELECT 1; HARMLESS",
        "SET PASSWORD FOR 'u'@'h' = '*1'; HARMLESS",
        "SET PASSWORD = '*1', @a = f(); UNKNOWN",
        "SET DEFAULT ROLE r FOR u; HARMLESS",
        "INSTALL PLUGIN p SONAME 's'; UNKNOWN",
        "ALTER INSTANCE ROTATE INNODB MASTER KEY; HARMLESS",
        "FLUSH TABLES; HARMLESS",
        "# only a comment; HARMLESS",
        "/* unfinished; UNKNOWN",
      })
  void definitions(String sql, String effect) {
    assertThat(effect(parse("db", sql))).isEqualTo(effect);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '^',
      value = {
        "ALTER TABLE t; ALTER",
        "ALTER TABLE t ADD COLUMN `add` INT; ALTER column add",
        "ALTER TABLE t ADD INDEX (a), ADD b INT; ALTER column b",
        "ALTER TABLE t ADD INDEX (a, b), DROP KEY X; ALTER index x",
        "ALTER TABLE t ADD `index` INT; ALTER column index",
        "ALTER TABLE t ADD (a INT, b ENUM('x', 'y') NOT NULL); ALTER column a column b",
        "ALTER TABLE t ADD (a INT, INDEX (a)); UNCLEAR",
        "ALTER TABLE t ADD a INT UNIQUE KEY; ALTER column a",
        "ALTER TABLE t ADD a INT KEY; ALTER column a key",
        "ALTER TABLE t ADD a INT REFERENCES u (x) ON DELETE CASCADE; ALTER column a cascades",
        "ALTER TABLE t DROP a RESTRICT; ALTER column a",
        "ALTER TABLE t MODIFY COLUMN a BIGINT NOT NULL AFTER b; ALTER column a",
        "ALTER TABLE t CHANGE a b BIGINT FIRST, ALTER COLUMN c SET DEFAULT (1 + 2);"
            + " ALTER column a column b column c",
        "ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a; ALTER column a column b",
        "ALTER TABLE t DROP PRIMARY KEY; ALTER key",
        "ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (a, b); ALTER key",
        "ALTER TABLE t DROP CONSTRAINT Uk; ALTER index uk",
        "ALTER TABLE t RENAME INDEX a TO b; ALTER index a index b",
        "ALTER TABLE t DROP FOREIGN KEY f, DROP CHECK c; ALTER",
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (x) ON UPDATE NO ACTION ON"
            + " DELETE RESTRICT; ALTER",
        "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES db.u (x) ON UPDATE SET NULL; ALTER cascades",
        "ALTER TABLE t ADD CONSTRAINT CHECK (a > f(b)) NOT ENFORCED; ALTER",
        "ALTER TABLE t ADD UNIQUE KEY k (a) USING HASH COMMENT 'c' INVISIBLE, LOCK = NONE; ALTER",
        "ALTER TABLE t ADD INDEX k (a) MAGIC; UNCLEAR",
        "ALTER TABLE t ALTER INDEX k NOT IGNORED, ALTER INDEX l INVISIBLE; ALTER",
        "ALTER TABLE t CONVERT TO CHARACTER SET latin1; ALTER columns",
        "ALTER TABLE t ENGINE = InnoDB; ALTER",
        "ALTER TABLE t ENGINE MyISAM; ALTER moves",
        "ALTER TABLE t COMMENT 'x' ENGINE = BLACKHOLE; ALTER moves",
        "ALTER TABLE t COMMENT 'x' AUTO_INCREMENT = 3 DEFAULT CHARSET utf8mb4 COLLATE x; ALTER",
        "ALTER TABLE t STATS_PERSISTENT=0, ROW_FORMAT=DYNAMIC, ENCRYPTION='Y', FORCE; ALTER",
        "ALTER TABLE t DATA DIRECTORY 'x'; UNCLEAR",
        "ALTER TABLE t UNION = (u); UNCLEAR",
        "ALTER TABLE t ORDER BY a DESC, t.b; ALTER",
        "ALTER TABLE t DISABLE KEYS; ALTER",
        "ALTER TABLE t DROP PARTITION p; ALTER moves",
        "ALTER TABLE t TRUNCATE PARTITION p, q; UNCLEAR",
        "ALTER TABLE t TRUNCATE PARTITION ALL; ALTER moves",
        "ALTER TABLE t DISCARD TABLESPACE; ALTER moves",
        "ALTER TABLE t IMPORT PARTITION p TABLESPACE; ALTER moves",
        "ALTER TABLE t EXCHANGE PARTITION p WITH TABLE e.u WITHOUT VALIDATION; ALTER moves e.u",
        "ALTER TABLE t CONVERT TABLE e.u TO PARTITION p VALUES LESS THAN (9); ALTER moves e.u",
        "ALTER TABLE t CONVERT PARTITION p TO TABLE u; ALTER moves db.u",
        "ALTER TABLE t ADD PARTITION (PARTITION p VALUES LESS THAN (9)); ALTER",
        "ALTER TABLE t ADD PARTITION PARTITIONS 4; ALTER",
        "ALTER TABLE t REORGANIZE PARTITION p, q INTO (PARTITION r VALUES LESS THAN (9)); ALTER",
        "ALTER TABLE t COALESCE PARTITION 2; ALTER",
        "ALTER TABLE t REBUILD PARTITION ALL; ALTER",
        "ALTER TABLE t PARTITION BY KEY (id) PARTITIONS 2; ALTER",
        "ALTER TABLE t ADD INDEX (a) REMOVE PARTITIONING; ALTER",
        "ALTER TABLE t RENAME u; ALTER moves db.u",
        "ALTER TABLE t RENAME TO e.u, ADD INDEX (a); ALTER moves e.u",
        "ALTER TABLE t ADD SYSTEM VERSIONING; ALTER moves",
        "ALTER TABLE t ADD PERIOD FOR x (a, b); UNCLEAR",
        "ALTER TABLE t ADD COLUMN a TIMESTAMP(6) GENERATED ALWAYS AS ROW START; UNCLEAR",
        "ALTER IGNORE TABLE t ADD UNIQUE KEY (a); HIDDEN_ROWS",
        "ALTER ONLINE TABLE IF EXISTS t WAIT 10 ADD INDEX (a); ALTER",
        "ALTER TABLE t ADD COLUMN a INT; ALTER column a",
        "ALTER TABLE t ADD COLUMN a INT) ; UNCLEAR",
        "ALTER TABLE t ADD COLUMN a [INT]; UNCLEAR",
        "ALTER TABLE t MAGIC; UNCLEAR",
      })
  void whatAnAlterTableDoes(String sql, String effect) {
    assertThat(effect(parse("db", sql))).isEqualTo(effect);
  }

  /** However a statement is written, it is the same statement. */
  @Test
  void commentsQuotesAndModesDoNotHideWhatIsDone() {
    TableId table = new TableId("db", "t");
    for (String sql :
        new String[] {
          "DROP TABLE /*!80000 IF EXISTS */ t",
          "DROP /*!TABLE*/ t",
          "DROP /*M!100000 TABLE */ t",
          "/* /* DROP VIEW */ DROP TABLE t",
          "-- x\nDROP TABLE t # y",
          "--\u0001x\nDROP TABLE t",
          "DROP\n\tTABLE\u000b`db`.t",
          "DROP TABLE db . t, x",
          "DROP TABLE .t",
          "drop tables IF exists `x`,`t`",
        }) {
      LoggedStatement statement = parse("db", sql);
      assertThat(statement.kind()).as(sql).isEqualTo(Kind.HIDDEN_ROWS);
      assertThat(statement.isAbout(table, false)).as(sql).isTrue();
    }
    for (String sql :
        new String[] {
          "DROP TABLE t\u3000",
          "DROP TABLE `t`.x.y",
          "DROP TABLE t\u0000",
          "DROP TABLE \ufffd",
          "DROP TABLE /*!80000 /*!80000 t */ */",
          "DROP TABLE t */",
          "DROP TABLE '",
          "DROP TABLE t /* x",
          "DROP TABLE `#mysql50#t`",
        }) {
      LoggedStatement statement = parse("db", sql);
      boolean named = statement.kind() == Kind.HIDDEN_ROWS;
      assertThat(named && statement.isAbout(table, false)).as(sql).isFalse();
      assertThat(statement.kind()).as(sql).isIn(Kind.UNCLEAR, Kind.HIDDEN_ROWS);
    }
    String hidden = "ALTER TABLE u COMMENT \"\\\", EXCHANGE PARTITION p WITH TABLE t -- \"";
    assertThat(effect(LoggedStatement.parse("db", hidden, new Dialect(false, false, false))))
        .isEqualTo("ALTER moves db.t");
    assertThat(effect(LoggedStatement.parse("db", hidden, new Dialect(false, false, true))))
        .isEqualTo("ALTER");
    // To MySQL it is a comment.
    assertThat(
            LoggedStatement.parse("db", "DROP /*M! VIEW v */ TABLE t", Dialect.USUAL)
                .isAbout(table, false))
        .isTrue();
  }

  @Test
  void tablesAreFoundUnderAllTheirNames() {
    TableId table = new TableId("a b", "t`x");
    for (String sql :
        new String[] {
          "TRUNCATE TABLE `a b`.`t``x`",
          "DROP TABLE other, `A B` . `T``X`",
          "RENAME TABLE x.y TO `a b`.`t``x`",
          "RENAME TABLE x.y TO x.z, `a b`.`t``x` TO x.y",
          "ALTER TABLE x.y RENAME AS `a b`.`t``x`",
          "ALTER TABLE \"a b\".\"t`x\" ADD c INT",
          "DROP SCHEMA `a b`"
        }) {
      assertThat(parse("x", sql).isAbout(table, true)).as(sql).isTrue();
      assertThat(parse("x", sql).isAbout(new TableId("q", "t`x"), true)).isFalse();
    }
    assertThat(parse("a b", "DROP TABLE `t``x`").isAbout(table, true)).isTrue();
    assertThat(parse("x", "DROP TABLE `t``x`").isAbout(table, true)).isFalse();
  }

  /** Sessions may log their statements whatever the server is set to, values and all. */
  @Test
  void statementsThatHoldMegabytesOfValuesAreNotTakenApart() {
    String sql = "INSERT INTO t VALUES (1)" + ",(1)".repeat(5_000_000);
    DamagedInput reader =
        DamagedInput.of(
            input -> {
              LoggedStatement statement = parse("db", sql);
              assertThat(statement.kind()).isEqualTo(Kind.ROWS);
              return statement;
            });
    // What the input is counts nothing here: all memory is what the statement took.
    assertThat(reader.give(new byte[0])).isPresent();
  }

  @Property(tries = 2_000)
  void anyTextIsReadInNoTime(
      @ForAll
          @StringLength(max = 80)
          @Chars({
            'A', 'l', 't', 'e', 'r', ' ', '`', '\'', '"', '/', '*', '!', '-', '#', '(', ',', '.',
            '\\', '\n', ')', 'é'
          })
          String text) {
    for (String start : new String[] {"", "ALTER TABLE ", "DROP TABLE ", "RENAME TABLE ", "XA "}) {
      assertThat(parse("", start + text).kind()).isNotNull();
    }
  }
}
