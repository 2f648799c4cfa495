package io.tidemark.database.mysql.log;

import io.tidemark.database.mysql.MySqlSource;
import io.tidemark.database.mysql.position.BinlogPosition;
import io.tidemark.lab.Loans;
import io.tidemark.lab.MySqlVendor;
import io.tidemark.schema.Table;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A value is the same bytes whether a snapshot or the log shows it, at the ends of every type. */
class LogValuesIT {

  /**
   * Some columns and rows of them; each row gets the next number as its key.
   *
   * @param rows as SQL
   */
  private record Golden(MySqlVendor only, String columns, List<String> rows) {
    Golden(String columns, String... rows) {
      this(null, columns, List.of(rows));
    }

    static Golden of(MySqlVendor flavour, String columns, String... rows) {
      return new Golden(flavour, columns, List.of(rows));
    }
  }

  private static final List<Golden> GOLDEN =
      List.of(
          new Golden(
              "a TINYINT, b TINYINT UNSIGNED, c SMALLINT, d SMALLINT UNSIGNED, e MEDIUMINT,"
                  + " f MEDIUMINT UNSIGNED, g INT, h INT UNSIGNED, i BIGINT, j BIGINT UNSIGNED,"
                  + " k INT ZEROFILL, l TINYINT(1), y YEAR",
              "-128,0,-32768,0,-8388608,0,-2147483648,0,-9223372036854775808,0,0,0,0",
              "127,255,32767,65535,8388607,16777215,2147483647,4294967295,9223372036854775807,"
                  + "18446744073709551615,4294967295,1,2155",
              "-1,1,-1,1,-1,1,-1,1,-1,1,42,-7,1901",
              "NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL"),
          new Golden(
              "a DECIMAL(65,30), b DECIMAL(1,0), c DECIMAL(10,2), d DECIMAL(20,20),"
                  + " e DECIMAL(38,9) UNSIGNED, f DECIMAL(9,9), g DECIMAL(18,0)",
              "99999999999999999999999999999999999.999999999999999999999999999999,9,99999999.99,"
                  + "0.99999999999999999999,99999999999999999999999999999.999999999,0.999999999,"
                  + "999999999999999999",
              "-99999999999999999999999999999999999.999999999999999999999999999999,-9,-99999999.99,"
                  + "-0.99999999999999999999,0,-0.999999999,-999999999999999999",
              "0,0,0,0,0,0,0",
              "-0.000000000000000000000000000001,-0,-0.01,-0.00000000000000000001,"
                  + "0.000000001,-0.000000001,-1",
              "1000000000.5,1,-10,0.1,1e9,0.1,1000000000",
              "NULL,NULL,NULL,NULL,NULL,NULL,NULL"),
          new Golden(
              "a FLOAT, b DOUBLE, c FLOAT(7,3), d DOUBLE(10,2), e FLOAT UNSIGNED",
              "3.402823466e38, 1.7976931348623157e308, 9999.999, 99999999.99, 3.402823466e38",
              "-3.402823466e38, -1.7976931348623157e308, -9999.999, -99999999.99, 0",
              "1.17549435e-38, 2.2250738585072014e-308, 0.001, 0.01, 1e-45",
              "1e-45, 4.9e-324, 0.1, 0.1, 0.1",
              "0.1, 0.1, -0.0, -0.0, 16777217",
              "-0e0, -0e0, 0, 0, 0",
              "123456789, 0.30000000000000004, 1, 1, 1",
              "NULL, NULL, NULL, NULL, NULL"),
          new Golden(
              "a BIT(1), b BIT(8), c BIT(9), d BIT(63), e BIT(64)",
              "b'0',b'0',b'0',b'0',b'0'",
              "b'1',b'11111111',b'111111111',0x7fffffffffffffff,0xffffffffffffffff",
              "b'1',b'10',b'100000000',b'1',0x8000000000000001",
              "NULL,NULL,NULL,NULL,NULL"),
          new Golden(
              "a DATE, b TIME, c TIME(1), d TIME(3), e TIME(6), f DATETIME, g DATETIME(2),"
                  + " h DATETIME(4), i DATETIME(6), j TIMESTAMP NULL, k TIMESTAMP(5) NULL,"
                  + " l TIMESTAMP(6) NULL",
              "'1000-01-01','-838:59:59','-838:59:58.9','-838:59:58.999','-838:59:58.999999',"
                  + "'1000-01-01','1000-01-01 00:00:00.01','1000-01-01 00:00:00.0001',"
                  + "'1000-01-01 00:00:00.000001','1970-01-01 00:00:01','1970-01-01 00:00:01.00001',"
                  + "'1970-01-01 00:00:01.000001'",
              "'9999-12-31','838:59:59','838:59:58.9','838:59:58.999','838:59:58.999999',"
                  + "'9999-12-31 23:59:59','9999-12-31 23:59:59.99','9999-12-31 23:59:59.9999',"
                  + "'9999-12-31 23:59:59.999999','2038-01-19 03:14:07','2038-01-19 03:14:07.99999',"
                  + "'2038-01-19 03:14:07.999999'",
              "'0000-00-00','00:00:00','-00:00:00.1','-00:00:00.001','-00:00:00.000001',"
                  + "'0000-00-00','0000-00-00','0000-00-00','0000-00-00','0000-00-00','0000-00-00',"
                  + "'0000-00-00'",
              "'2024-00-00','-00:00:01','-00:00:01.5','-01:00:00.5','-100:00:00.25',"
                  + "'2024-02-00 01:02:03','0001-01-01','2024-02-29 23:59:59.5',"
                  + "'2024-02-30 12:00:00','2024-03-31 02:30:00','2024-10-27 01:30:00.5',"
                  + "'2000-01-01'",
              "NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL"),
          new Golden(
              "a CHAR(10) CHARACTER SET utf8mb4, b VARCHAR(10) CHARACTER SET utf8mb3,"
                  + " c CHAR(200) CHARACTER SET utf8mb4, d VARCHAR(300) CHARACTER SET utf8mb4,"
                  + " e CHAR(5) CHARACTER SET latin1, f TEXT CHARACTER SET latin1,"
                  + " g TINYTEXT CHARACTER SET utf8mb4, h MEDIUMTEXT CHARACTER SET utf8mb4,"
                  + " i LONGTEXT CHARACTER SET utf8mb4, j VARCHAR(20) CHARACTER SET ascii",
              "'a','b','c','d','e','f','g','h','i','j'",
              "'','','','','','','','','',''",
              "'ab  ','ab  ','  ',' x ','é  ','ÿ€  ','é','é','é','z  '",
              "'😀é','é中','中文','𝄞','€','‚ƒ„…†‡ˆ‰Š‹ŒŽ''“”•–—˜™š›œžŸ','\\0','\\n','\\\\','\\t'",
              "NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL"),
          new Golden(
              "a VARCHAR(20) CHARACTER SET latin2, b VARCHAR(20) CHARACTER SET cp1251,"
                  + " c VARCHAR(20) CHARACTER SET koi8r, d VARCHAR(20) CHARACTER SET ucs2,"
                  + " e VARCHAR(20) CHARACTER SET utf16, f VARCHAR(20) CHARACTER SET utf16le,"
                  + " g VARCHAR(20) CHARACTER SET utf32, h VARCHAR(20) CHARACTER SET gbk,"
                  + " i VARCHAR(20) CHARACTER SET sjis, j VARCHAR(20) CHARACTER SET big5,"
                  + " k VARCHAR(20) CHARACTER SET euckr, l VARCHAR(20) CHARACTER SET ujis,"
                  + " m CHAR(5) CHARACTER SET utf16, n VARCHAR(20) CHARACTER SET cp850",
              "'žlu','Привет','Привет','é中','😀','😀','😀','中文','日本','中文','한국','日本','é  ','é'",
              "'','','','','','','','','','','','','',''",
              "'a ','b ','c ','d ','e ','f ','g ','h ','i ','j ','k ','l ','m ','n '"),
          new Golden(
              "a BINARY(4), b VARBINARY(300), c BINARY(255), d TINYBLOB, e BLOB, f MEDIUMBLOB,"
                  + " g LONGBLOB",
              "x'00000000',x'',x'',x'',x'',x'',x''",
              "x'01000000',x'0100',x'ff20',x'00',x'0000',x'ff',x'20'",
              "x'20202020',x'2020',x'20',x'ff00',x'c3a9',x'00ff',x'0a'",
              "x'ffffffff',REPEAT(x'00',300),REPEAT(x'ff',255),REPEAT('x',255),REPEAT('y',65535),"
                  + "REPEAT('z',100000),REPEAT('w',200000)",
              "NULL,NULL,NULL,NULL,NULL,NULL,NULL"),
          new Golden(
              "a ENUM('x','','it''s','é😀','c,d'), b SET('a','b','c d','é','it''s'),"
                  + " c SET('1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16',"
                  + "'17','18','19','20','21','22','23','24','25','26','27','28','29','30','31','32',"
                  + "'33','34','35','36','37','38','39','40','41','42','43','44','45','46','47','48',"
                  + "'49','50','51','52','53','54','55','56','57','58','59','60','61','62','63','64'),"
                  + " d ENUM('a','b') CHARACTER SET latin1",
              "'x','a',1,'a'",
              "'','',0,'b'",
              "'it''s','a,b,c d,é,it''s',18446744073709551615,0",
              "'é😀','é',9223372036854775808,1",
              "0,0,4294967296,2",
              "'c,d','b,it''s',3,'a'",
              "NULL,NULL,NULL,NULL"),
          new Golden(
              "a GEOMETRY, b POINT, c LINESTRING, d POLYGON, e MULTIPOINT, f GEOMETRYCOLLECTION",
              "ST_GeomFromText('POINT(1 2)'),ST_GeomFromText('POINT(-1.5 2.25)'),"
                  + "ST_GeomFromText('LINESTRING(0 0,1 1)'),"
                  + "ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'),"
                  + "ST_GeomFromText('MULTIPOINT((1 1),(2 2))'),"
                  + "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))')",
              "ST_GeomFromText('POINT(1 2)',4326),NULL,NULL,NULL,NULL,"
                  + "ST_GeomFromText('GEOMETRYCOLLECTION EMPTY')",
              "NULL,NULL,NULL,NULL,NULL,NULL"),
          Golden.of(
              MySqlVendor.MYSQL,
              "a JSON",
              "'null'",
              "'{}'",
              "'[]'",
              "'\"\"'",
              "'true'",
              "'false'",
              "'0'",
              "'-1'",
              "'32767'",
              "'32768'",
              "'65536'",
              "'-2147483649'",
              "'9223372036854775807'",
              "'18446744073709551615'",
              "'18446744073709551616'",
              "'123456789012345678901234567890'",
              "'1.0'",
              "'-0.0'",
              "'0.1'",
              "'1e15'",
              "'1e16'",
              "'123456789012345'",
              "'123456789012345.5'",
              "'1234567890123456.5'",
              "'12345678901234567e0'",
              "'1234567890123456e0'",
              "'123456789012345600e3'",
              "'1e-14'",
              "'1e-15'",
              "'0.0001'",
              "'1.5e300'",
              "'5e-324'",
              "'2.2250738585072014e-308'",
              "'1.7976931348623157e308'",
              "'5.684341886080802e-14'",
              "'0.30000000000000004'",
              "'100.0'",
              "'{\"bb\": 1, \"a\": [1, 2.5, \"x\", null, true, false, {}], \"ccc\": {\"z\": \"é😀\"}}'",
              "'\"\\\\\" \\\\\\\\ \\\\/ \\\\b \\\\f \\\\n \\\\r \\\\t \\\\u0001 \\\\u001f \\\\u007f é\"'",
              "JSON_OBJECT('k', CAST('2020-01-02' AS DATE))",
              "JSON_ARRAY(CAST('-12:34:56.789' AS TIME(6)), CAST('2020-01-02 03:04:05' AS DATETIME),"
                  + " CAST('838:59:59' AS TIME))",
              "JSON_ARRAY(CAST(1.50 AS DECIMAL(10,2)), CAST(-0.001 AS DECIMAL(65,30)),"
                  + " 12345678901234567890.5)",
              "JSON_ARRAY(x'00ff', CAST('abc' AS BINARY))",
              "JSON_OBJECT('b', b'101')",
              "JSON_ARRAY(ST_GeomFromText('POINT(1 2)'))",
              "CONCAT('\"', REPEAT('é', 70000), '\"')",
              "CONCAT('[', REPEAT('1,', 40000), '2]')",
              "CONCAT('{\"big\": \"', REPEAT('x', 70000), '\", \"n\": 70000, \"m\": 4000000000}')",
              "NULL"),
          Golden.of(
              MySqlVendor.MYSQL,
              "a VECTOR(3)",
              "STRING_TO_VECTOR('[1, -2.5, 3e38]')",
              "STRING_TO_VECTOR('[0]')",
              "NULL"),
          Golden.of(
              MySqlVendor.MARIADB,
              "a JSON, b UUID, c INET6",
              "'{\"b\": 1.50, \"a\":2}','123e4567-e89b-12d3-a456-426655440000','::1'",
              "'[]','00000000-0000-0000-0000-000000000000','::'",
              "'[]','ffffffff-ffff-ffff-ffff-ffffffffffff','ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'",
              "'[]','a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11','2001:db8::ff00:42:8329'",
              "'1','12345678-1234-7234-8234-123456789abc','::ffff:192.0.2.128'",
              "'1','12345678-1234-6234-b234-123456789a00','1:0:0:2::'",
              "NULL,NULL,NULL"));

  @RegisterExtension final Loans loans = new Loans();

  @ParameterizedTest
  @EnumSource(MySqlVendor.class)
  void everyValueIsTheSameBytesFromSnapshotAndLog(MySqlVendor flavour) throws Exception {
    LogServer server = new LogServer(loans.mySql("log", flavour, "sql_mode="));
    SoftAssertions all = new SoftAssertions();
    int number = 0;
    for (Golden golden : GOLDEN) {
      number++;
      if (golden.only() == null || golden.only() == flavour) {
        compare(server, "t" + number, golden, all);
      }
    }
    all.assertAll();
  }

  private static void compare(LogServer server, String name, Golden golden, SoftAssertions all)
      throws Exception {
    server.execute("CREATE TABLE " + name + " (id INT PRIMARY KEY, " + golden.columns() + ")");
    MySqlSource source = server.source(name);
    BinlogPosition from = server.now();
    String mode = "SET SESSION sql_mode = 'ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION'";
    try (var connection = server.connect();
        var statement = connection.createStatement()) {
      statement.execute(mode);
      for (int i = 0; i < golden.rows().size(); i++) {
        statement.execute(
            "INSERT INTO " + name + " VALUES (" + i + ", " + golden.rows().get(i) + ")");
      }
    }
    Table table = server.tables(source).get(0);
    List<List<String>> expected = SameValues.snapshot(server, source, table);
    all.assertThat(expected).as(golden.columns()).hasSize(golden.rows().size());
    List<List<String>> logged = SameValues.log(server, source, from);
    all.assertThat(logged).as(golden.columns()).hasSameSizeAs(expected);
    for (int i = 0; i < Math.min(logged.size(), expected.size()); i++) {
      all.assertThat(logged.get(i))
          .as("row " + i + " of " + golden.columns())
          .isEqualTo(expected.get(i));
    }
  }
}
