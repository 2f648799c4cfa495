-- Keeps copies of the tables of a live PostgreSQL database: one log reader and one consistent copy for all
-- of them, as they are in one statement set.
--
--   ./tidemark sql jobs/whole-database.sql    runs until Ctrl-C
--
-- The tables of the copy are to be there before, with the same primary keys. A job makes them itself, and
-- applies whole transactions exactly once: jobs/postgres-to-postgres.yaml.

SET 'execution.checkpointing.interval' = '1 s';

CREATE CATALOG shop WITH (
  'type' = 'tidemark',
  'base-url' = 'jdbc:postgresql://${env:SOURCE_HOST}', 'default-database' = 'shop',
  'username' = '${env:SOURCE_USER}', 'password' = '${env:SOURCE_PASSWORD}',
  'slot.name' = 'shop_copy',
  -- Rows take the place of those with their key: no old rows are needed.
  'changelog-mode' = 'upsert'
);

CREATE TABLE customer WITH (
  'connector' = 'jdbc',
  'url' = 'jdbc:postgresql://${env:TARGET_HOST}/shop_copy', 'table-name' = 'customer',
  'username' = '${env:TARGET_USER}', 'password' = '${env:TARGET_PASSWORD}'
) LIKE shop.shop.`public.customer` (EXCLUDING OPTIONS);

CREATE TABLE orders WITH (
  'connector' = 'jdbc',
  'url' = 'jdbc:postgresql://${env:TARGET_HOST}/shop_copy', 'table-name' = 'orders',
  'username' = '${env:TARGET_USER}', 'password' = '${env:TARGET_PASSWORD}'
) LIKE shop.shop.`public.orders` (EXCLUDING OPTIONS);

EXECUTE STATEMENT SET BEGIN
INSERT INTO customer SELECT * FROM shop.shop.`public.customer`;
INSERT INTO orders SELECT * FROM shop.shop.`public.orders`;
END;
