-- One table with every built-in type, at its limits, and the user-defined ones over them. Each row
-- of "every_type" is one set of edge values; "id" names it. Loaded by the end-to-end tests.
CREATE EXTENSION hstore;
CREATE EXTENSION citext;
CREATE SCHEMA types;
CREATE TYPE types.mood AS ENUM ('sad', 'ok', 'it''s "fine", {really}', '');
CREATE DOMAIN types.positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN types.small_text AS varchar(10) DEFAULT 'x' NOT NULL;
CREATE DOMAIN types.moods AS types.mood[];
CREATE DOMAIN types.nested AS types.positive;
CREATE TYPE types.pair AS (a integer, "b c" text);
CREATE TYPE types.deep AS (p types.pair, m types.mood, l types.pair[]);
CREATE TYPE types.float_range AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);
CREATE DOMAIN types.pair_domain AS types.pair;
CREATE TABLE types.every_type (
  id integer PRIMARY KEY,
  c_bool boolean, c_int2 smallint, c_int4 integer, c_int8 bigint,
  c_float4 real, c_float8 double precision,
  c_numeric numeric, c_numeric_10_2 numeric(10,2), c_numeric_scale numeric(3,-2),
  c_money money,
  c_text text, c_varchar varchar, c_varchar_5 varchar(5), c_bpchar char(5), c_char "char", c_name name,
  c_bytea bytea,
  c_date date, c_time time, c_time_3 time(3), c_timetz timetz, c_timestamp timestamp,
  c_timestamp_0 timestamp(0), c_timestamptz timestamptz, c_interval interval,
  c_interval_ym interval year to month, c_interval_ds interval day to second(3),
  c_bit bit, c_bit_8 bit(8), c_varbit varbit, c_varbit_20 varbit(20),
  c_uuid uuid, c_json json, c_jsonb jsonb, c_jsonpath jsonpath, c_xml xml,
  c_inet inet, c_cidr cidr, c_macaddr macaddr, c_macaddr8 macaddr8,
  c_tsvector tsvector, c_tsquery tsquery,
  c_point point, c_line line, c_lseg lseg, c_box box, c_path path, c_polygon polygon, c_circle circle,
  c_oid oid, c_xid xid, c_xid8 xid8, c_cid cid, c_tid tid, c_pg_lsn pg_lsn, c_pg_snapshot pg_snapshot,
  c_txid_snapshot txid_snapshot, c_regclass regclass, c_regtype regtype, c_regproc regproc,
  c_regprocedure regprocedure, c_regoper regoper, c_regoperator regoperator,
  c_regnamespace regnamespace, c_regrole regrole, c_regcollation regcollation,
  c_regconfig regconfig, c_regdictionary regdictionary,
  c_int2vector int2vector, c_oidvector oidvector, c_refcursor refcursor,
  c_int4range int4range, c_int8range int8range, c_numrange numrange, c_tsrange tsrange,
  c_tstzrange tstzrange, c_daterange daterange, c_float_range types.float_range,
  c_int4multirange int4multirange, c_int8multirange int8multirange, c_nummultirange nummultirange,
  c_tsmultirange tsmultirange, c_tstzmultirange tstzmultirange, c_datemultirange datemultirange,
  c_mood types.mood, c_positive types.positive, c_small_text types.small_text, c_nested types.nested,
  c_moods types.moods, c_pair types.pair, c_deep types.deep, c_pair_domain types.pair_domain,
  c_hstore hstore, c_citext citext,
  a_bool boolean[], a_int4 integer[], a_text text[], a_numeric numeric(12,4)[], a_bytea bytea[],
  a_timestamptz timestamptz[], a_interval interval[], a_jsonb jsonb[], a_uuid uuid[], a_bpchar char(3)[],
  a_varbit varbit[], a_inet inet[], a_box box[], a_int4range int4range[], a_xml xml[],
  a_mood types.mood[], a_positive types.positive[], a_pair types.pair[], a_deep types.deep[],
  a_hstore hstore[], a_citext citext[], a_regclass regclass[], a_regtype regtype[],
  g_twice bigint GENERATED ALWAYS AS (c_int4::bigint * 2) STORED
);
-- 1: everything null that may be
INSERT INTO types.every_type (id, c_small_text) VALUES (1, '');
-- 2: upper limits
INSERT INTO types.every_type VALUES (2,
  true, 32767, 2147483647, 9223372036854775807, 3.4028235e38, 1.7976931348623157e308,
  ('9' || repeat('9', 131071) || '.' || repeat('1', 16383))::numeric, 99999999.99, 99900,
  '92233720368547758.07',
  E'tab\tnewline\ncr\rback\\slash \\N "quoted" ''single'' \u00e4\u20ac\U0001F600 \x01\x7f', repeat('x', 100000), E'\u20ac\u20ac\u20ac\u20ac\u20ac', 'ab', '~', repeat('n', 63),
  decode(repeat('00ff', 5000), 'hex'),
  '5874897-12-31', '24:00:00', '23:59:59.999', '24:00:00-15:59:59', '294276-12-31 23:59:59.999999',
  '294276-12-31 23:59:59', '294276-12-31 23:59:59.999999+00', '178000000 years 2147483647 days',
  '178000000 years', '2147483647 days 99:59:59.999',
  '1', '11111111', repeat('10', 500)::varbit, '10101010101010101010',
  'ffffffff-ffff-ffff-ffff-ffffffffffff', ' {"a" : [1, 2.50, null],  "a": "twice"} ', '{"a": [1, 2.50, null], "big": 1e400, "": {}}', '$."a"[*] ? (@ > 1)', '<?xml version="1.0"?><a b="c">&lt;text/&gt;</a>',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff',
  '''a b'':1A,16383B ''it''''s'':2C c', '''fat'':AB & !( ''cat'':* | ''a <-> b'') <3> d',
  '(1e300,-1e-300)', '{1,2.5,-3}', '[(1,2),(3,4)]', '(3,4),(1,2)', '[(1,2),(3,4),(5,6)]', '((1,2),(3,4),(5,6))', '<(1,2),3.5>',
  4294967295, '4294967295', '18446744073709551615', '4294967295', '(4294967294,65535)', 'FFFFFFFF/FFFFFFFF', '10:20:10,14,15',
  '10:20:10,14,15', 'pg_catalog.pg_class', 'numeric', 'pg_catalog.now', 'abs(numeric)', '||/', '+(integer,integer)',
  'pg_catalog', 'postgres', '"C"', 'simple', 'simple',
  '1 2 3', '1 4294967295', 'a cursor',
  '[1,2147483647)', '(,)', '(1.1,1.10]', '["2020-01-01 00:00:00",infinity]', '(-infinity,"2020-01-01 00:00:00+00"]', '[2020-01-01,infinity]', '[-Infinity,NaN)',
  '{[1,3),[5,9)}', '{(,)}', '{}', '{[2020-01-01,2020-01-02)}', '{(,infinity)}', '{[2020-01-01,2020-01-03)}',
  'it''s "fine", {really}', 2147483647, '0123456789', 1,
  '{sad,"it''s \"fine\", {really}",""}', '(1,"a ""b"" \\, (c)")', '("(1,)",ok,"{""(1,x)"",""(,\\""\\"")""}")', '(,)',
  '"a"=>"1", "b \"q\""=>NULL, ""=>""', 'MixedCase',
  '{t,f,NULL}', '[2:3]={1,2147483647}', '{"",NULL,"NULL","a,b","{x}","\\",ä,"\""}', '{NaN,99999999.9999,NULL}', '{"\\x","\\x00ff"}',
  '{infinity,"4714-11-24 00:00:00+00 BC"}', '{"-1 mons +1 day -00:00:01",NULL}', '{"{\"a\": \"x,y\"}",null}', '{00000000-0000-0000-0000-000000000000}', '{"a  ","  b"}',
  '{101,""}', '{10.0.0.1/8,::1}', '{(3,4),(1,2);(7,8),(5,6)}', '{"[1,2)",empty,"(,)"}', '{<a/>,"<b c=\"d\"/>"}',
  '{"it''s \"fine\", {really}",NULL,sad}', '{1,NULL}', '{"(1,\"x,y\")",NULL,"(,)"}', '{"(\"(1,a)\",sad,{})"}',
  '{"\"k\"=>\"v\"",NULL}', '{Ab,aB}', '{pg_catalog.pg_class}', '{integer,text[]}');
-- 3: lower limits
INSERT INTO types.every_type (id, c_bool, c_int2, c_int4, c_int8, c_float4, c_float8, c_numeric,
  c_numeric_10_2, c_numeric_scale, c_money, c_text, c_varchar, c_varchar_5, c_bpchar, c_char, c_name,
  c_bytea, c_date, c_time, c_time_3, c_timetz, c_timestamp, c_timestamp_0, c_timestamptz, c_interval,
  c_interval_ym, c_interval_ds, c_bit, c_bit_8, c_varbit, c_uuid, c_json, c_jsonb, c_xml, c_inet,
  c_cidr, c_macaddr, c_macaddr8, c_tsvector, c_tsquery, c_point, c_path, c_circle, c_oid, c_pg_lsn,
  c_int4range, c_numrange, c_nummultirange, c_mood, c_positive, c_small_text, c_pair, c_deep, c_hstore,
  c_citext, a_bool, a_int4, a_text, a_mood, a_pair, a_deep, a_jsonb) VALUES (3,
  false, -32768, -2147483648, -9223372036854775808, -3.4028235e38, -1.7976931348623157e308,
  -1e-16383, -99999999.99, -99900, '-92233720368547758.08', '', '', '', '', '', '',
  '', '4714-11-24 BC', '00:00:00', '00:00:00', '00:00:00+15:59:59', '4714-11-24 00:00:00 BC',
  '4714-11-24 00:00:00 BC', '4714-11-24 00:00:00+00 BC', '-178000000 years -2147483648 days',
  '-178000000 years', '-1 day +00:00:00.001', '0', '00000000', '',
  '00000000-0000-0000-0000-000000000000', '""', 'null', '', '0.0.0.0/0', '0.0.0.0/0',
  '00:00:00:00:00:00', '00:00:00:00:00:00:00:00', '', '', '(-Infinity,NaN)', '((0,0))', '<(0,0),0>',
  0, '0/0', 'empty', 'empty', '{}', '', 1, '', '(,"")', '(,,)', '', '',
  '{}', '{}', '{}', '{}', '{}', '{}', '{}');
-- 4: what is not a number or not a point in time, and times with odd seconds
INSERT INTO types.every_type (id, c_float4, c_float8, c_numeric, c_numeric_10_2, c_date, c_timestamp,
  c_timestamptz, c_interval, c_small_text, c_numrange, a_int4, a_text) VALUES (4,
  'NaN', 'NaN', 'NaN', 'NaN', 'infinity', 'infinity', 'infinity', '00:00:00.000001', 'n',
  '[-infinity,infinity]', '{{1,2},{3,NULL}}', '{{{"a"}},{{"b"}}}');
INSERT INTO types.every_type (id, c_float4, c_float8, c_numeric, c_date, c_timestamp, c_timestamptz,
  c_interval, c_small_text) VALUES (5, 'Infinity', '-Infinity', 'Infinity', '-infinity', '-infinity',
  '-infinity', '-1 year -2 mons +3 days -04:05:06.789', 'i');
-- 6: the smallest magnitudes, signed zeros, digits that must not be lost
INSERT INTO types.every_type (id, c_float4, c_float8, c_numeric, c_small_text, c_timestamptz, c_varbit,
  c_point) VALUES (6, 1e-45, 5e-324, -0.00000000000000000000000000000000000100, ' ',
  '2021-03-28 01:30:00.123456+00', '0', '(-0,0.1)');
INSERT INTO types.every_type (id, c_float4, c_float8, c_numeric, c_small_text) VALUES
  (7, '-0', '-0', '-Infinity', 'z'), (8, 0.1, 0.1, 1.000, 'd');
