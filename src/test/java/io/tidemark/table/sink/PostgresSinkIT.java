package io.tidemark.table.sink;

import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;
import java.util.List;

class PostgresSinkIT extends SinkContract {

  @Postgres private static PostgresServer server;

  @Override
  Server server() {
    return server;
  }

  @Override
  String schema(String database) {
    return "public";
  }

  @Override
  String columnsOfEveryType() {
    return "k int PRIMARY KEY, yes boolean, ti smallint, si smallint, i int, bi bigint, dec_ numeric(12,4), fl real, db double precision, c char(5), v varchar(20), d date, t time(0), ts timestamp(6), ltz timestamptz(3), bin bytea, js jsonb";
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
        "fl = 1.1::real",
        "v = '\u00fc\ud83d\ude00 ''x'",
        "ltz = '2023-11-14 22:13:20.123+00'",
        "bin = '\\x00ff5c'::bytea",
        "js->>'a' = '1'");
  }
}
