-- Reads a live PostgreSQL database once, all tables as of one moment, and ends.
--
--   ./tidemark sql jobs/bounded-read.sql    prints one row for each customer, and returns
--
-- The log is not read, and no slot is made. The read is one transaction at the source, so do not let
-- it take hours. Every option is explained in docs/sql.md.

SET 'execution.runtime-mode' = 'batch';

CREATE CATALOG shop WITH (
  'type' = 'tidemark', 'base-url' = 'jdbc:postgresql://${env:SOURCE_HOST}', 'default-database' = 'shop',
  'username' = '${env:SOURCE_USER}', 'password' = '${env:SOURCE_PASSWORD}',
  'scan.startup.mode' = 'snapshot'
);

SELECT c.name, COUNT(*) AS orders, SUM(o.amount) AS amount
FROM shop.shop.`public.orders` AS o JOIN shop.shop.`public.customer` AS c ON c.id = o.customer
GROUP BY c.name;
