-- Joins a table of a live PostgreSQL database with one of a live MySQL (or MariaDB) database, and keeps
-- what they add up to in a table of a third database, with every change of both.
--
--   ./tidemark sql jobs/join.sql    runs until Ctrl-C
--
-- Nothing is declared by hand: the tables come from catalogs (docs/sql.md). What is to be there before:
--   at PostgreSQL: ALTER TABLE orders REPLICA IDENTITY FULL
--   in the database reports: CREATE TABLE revenue (country varchar(40) PRIMARY KEY, orders bigint,
--     amount numeric)

SET 'execution.checkpointing.interval' = '1 s';

CREATE CATALOG shop WITH (
  'type' = 'tidemark',
  'base-url' = 'jdbc:postgresql://${env:SHOP_HOST}', 'default-database' = 'shop',
  'username' = '${env:SHOP_USER}', 'password' = '${env:SHOP_PASSWORD}',
  'slot.name' = 'revenue'
);

CREATE CATALOG crm WITH (
  'type' = 'tidemark',
  -- For MariaDB: jdbc:mariadb://
  'base-url' = 'jdbc:mysql://${env:CRM_HOST}', 'default-database' = 'crm',
  'username' = '${env:CRM_USER}', 'password' = '${env:CRM_PASSWORD}'
);

CREATE TABLE revenue (
  country STRING,
  orders BIGINT,
  amount DECIMAL(38, 2),
  PRIMARY KEY (country) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = 'jdbc:postgresql://${env:REPORTS_HOST}/reports', 'table-name' = 'revenue',
  'username' = '${env:REPORTS_USER}', 'password' = '${env:REPORTS_PASSWORD}'
);

INSERT INTO revenue
SELECT c.country, COUNT(*), SUM(o.amount)
FROM shop.shop.`public.orders` AS o JOIN crm.crm.customer AS c ON o.customer = c.id
GROUP BY c.country;
