-- Follows one table of a live PostgreSQL database and prints what its rows add up to, with every change.
--
--   ./tidemark sql jobs/one-table.sql    runs until Ctrl-C
--
-- Every option is explained in docs/sql.md. The source needs wal_level = logical, and the table
-- ALTER TABLE orders REPLICA IDENTITY FULL, as a sum has to know what a row was.

SET 'execution.checkpointing.interval' = '1 s';

CREATE TABLE orders (
  id BIGINT,
  customer INT,
  amount DECIMAL(10, 2),
  PRIMARY KEY (id) NOT ENFORCED
) WITH (
  'connector' = 'tidemark-postgres',
  'hostname' = '${env:SOURCE_HOST}', 'port' = '${env:SOURCE_PORT}',
  'username' = '${env:SOURCE_USER}', 'password' = '${env:SOURCE_PASSWORD}',
  'database-name' = 'shop', 'table-name' = 'orders',
  -- The replication slot is tidemark_orders_by_customer. It stays when the statement is stopped;
  -- drop it when the statement is not to go on: SELECT pg_drop_replication_slot('tidemark_…').
  'slot.name' = 'orders_by_customer'
);

SELECT customer, COUNT(*) AS orders, SUM(amount) AS amount FROM orders GROUP BY customer;
