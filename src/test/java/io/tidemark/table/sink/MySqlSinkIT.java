package io.tidemark.table.sink;

import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Server;
import java.util.List;

class MySqlSinkIT extends SinkContract {

  @MySql private static MySqlServer server;

  @Override
  Server server() {
    return server;
  }

  @Override
  String schema(String database) {
    return database;
  }

  @Override
  boolean roundsNumbersOfDocuments() {
    return true;
  }

  @Override
  String columnsOfEveryType() {
    return "k int PRIMARY KEY, yes boolean, ti tinyint, si smallint, i int, bi bigint, dec_ decimal(12,4), fl float, db double, c char(5), v varchar(20) CHARACTER SET utf8mb4, d date, t time, ts datetime(6), ltz timestamp(3) NULL, bin blob, js json";
  }

  @Override
  List<String> everyTypeIsKept() {
    return List.of(
        "yes = TRUE",
        "ti = -128",
        "si = 32767",
        "i = -2147483647",
        "bi = 9223372036854775807",
        "dec_ = 12345678.0901",
        "db = 0.1",
        "c = 'ab'",
        "d = '0001-01-01'",
        "t = '23:59:59'",
        "ts = '9999-12-31 23:59:59.999999'",
        "CAST(fl AS CHAR) = '1.1'",
        "HEX(v) = 'C3BCF09F9880202778'",
        "UNIX_TIMESTAMP(ltz) = 1700000000.123",
        "HEX(bin) = '00FF5C'",
        "JSON_EXTRACT(js, '$.a') = 1");
  }
}
