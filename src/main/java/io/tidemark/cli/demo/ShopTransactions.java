package io.tidemark.cli.demo;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Random;

/** What is done in a shop, one transaction at a time, on one connection; for one thread. */
final class ShopTransactions {

  private static final String[] STATUS = {"new", "paid", "shipped", "returned", "cancelled"};

  /** A product at random, by its place in the key's order. */
  private static final String ANY_SKU =
      "(SELECT sku FROM public.products WHERE sku >= ? ORDER BY sku LIMIT 1)";

  private final Connection connection;
  private final Random random;
  private final long customers;
  private final int accounts;
  private long orders;

  ShopTransactions(Connection connection, Random random) throws SQLException {
    this.connection = connection;
    this.random = random;
    customers = number("SELECT max(id) FROM public.customers");
    accounts = (int) number("SELECT max(id) FROM public.accounts");
    orders = number("SELECT coalesce(max(id), 1) FROM public.orders");
    connection.commit();
  }

  /**
   * Does something, without ending the transaction.
   *
   * @return whether it shall be committed
   */
  boolean next() throws SQLException {
    int dice = random.nextInt(100);
    if (dice < 30) {
      transfer();
    } else if (dice < 55) {
      order();
    } else if (dice < 67) {
      advanceOrder();
    } else if (dice < 75) {
      changeProduct();
    } else if (dice < 82) {
      changeCustomer();
    } else if (dice < 86) {
      addCustomer();
    } else if (dice < 91) {
      deleteOrder();
    } else if (dice < 94) {
      renumberLines();
    } else if (dice < 95) {
      renameProduct();
    } else if (dice < 96) {
      swapEmails();
    } else if (dice < 98) {
      replaceOrder();
    } else {
      transfer();
      addCustomer();
      return false;
    }
    return true;
  }

  private void transfer() throws SQLException {
    int from = 1 + random.nextInt(accounts);
    int to = 1 + (from + random.nextInt(accounts - 1)) % accounts;
    BigDecimal amount = BigDecimal.valueOf(1 + random.nextInt(10_000), 2);
    // In the order of the accounts, as every application learns to do: no deadlocks.
    move(Math.min(from, to), from < to ? amount.negate() : amount);
    move(Math.max(from, to), from < to ? amount : amount.negate());
    update(
        "INSERT INTO public.transfers (from_account, to_account, amount) VALUES (?, ?, ?)",
        from,
        to,
        amount);
  }

  private void move(int account, BigDecimal amount) throws SQLException {
    update(
        "UPDATE public.accounts SET balance = balance + ?, updated_at = now() WHERE id = ?",
        amount,
        account);
  }

  private void order() throws SQLException {
    orders =
        number(
            "INSERT INTO public.orders (customer_id, total, note) VALUES (?, ?, ?) RETURNING id",
            anyCustomer(),
            BigDecimal.valueOf(random.nextInt(1_000_000), 2),
            random.nextBoolean() ? "gift" : null);
    addLines(orders);
    if (random.nextInt(10) < 7) {
      update(
          "INSERT INTO public.payments (order_id, amount, method) VALUES (?, ?, 'card')",
          orders,
          BigDecimal.valueOf(random.nextInt(1_000_000), 2));
    }
  }

  private void addLines(long order) throws SQLException {
    int lines = 1 + random.nextInt(5);
    for (int line = 1; line <= lines; line++) {
      update(
          "INSERT INTO public.order_lines (order_id, line_no, sku, quantity, price)"
              + " SELECT ?, ?, sku, ?, price FROM public.products WHERE sku = "
              + ANY_SKU,
          order,
          (short) line,
          1 + random.nextInt(9),
          anySkuStart());
    }
  }

  private void advanceOrder() throws SQLException {
    update(
        "UPDATE public.orders SET status = ?::public.order_status WHERE id = ?",
        STATUS[random.nextInt(STATUS.length)],
        anyOrder());
  }

  /** Leaves the description as it is, also where it is stored out of line. */
  private void changeProduct() throws SQLException {
    update(
        "UPDATE public.products SET stock = stock - ?, updated_at = now(),"
            + " attributes = attributes || jsonb_build_object('seen', ?::int) WHERE sku = "
            + ANY_SKU,
        random.nextInt(3),
        random.nextInt(1000),
        anySkuStart());
  }

  private void changeCustomer() throws SQLException {
    update(
        "UPDATE public.customers SET tags = CASE WHEN cardinality(tags) > 5 THEN '{}'"
            + " ELSE tags || ? END, address = jsonb_set(address, '{zip}', to_jsonb(?)) WHERE id = ?",
        "tag " + random.nextInt(100),
        String.valueOf(10_000 + random.nextInt(90_000)),
        anyCustomer());
  }

  private void addCustomer() throws SQLException {
    byte[] picture = new byte[random.nextInt(64)];
    random.nextBytes(picture);
    update(
        "INSERT INTO public.customers (email, name, address, picture)"
            + " VALUES (?, ?, '{\"street\": \"new\"}', ?)",
        "new" + random.nextInt(1_000_000) + "@example.com",
        "Neu \"N.\" Kunde\t№ " + random.nextInt(1000),
        picture);
  }

  private void deleteOrder() throws SQLException {
    update("DELETE FROM public.orders WHERE id = ?", anyOrder());
  }

  /** Changes primary keys; a line's new number may be another one's old number. */
  private void renumberLines() throws SQLException {
    long order = anyOrder();
    update(
        "UPDATE public.order_lines SET line_no = line_no + 100 WHERE order_id = ? AND line_no < 100",
        order);
    update(
        "UPDATE public.order_lines SET line_no = line_no - 99"
            + " WHERE order_id = ? AND line_no BETWEEN 101 AND 199",
        order);
  }

  /** Changes a primary key that other rows refer to, and these with it. */
  private void renameProduct() throws SQLException {
    update(
        "UPDATE public.products SET sku = left(sku, 30) || '.' || ? WHERE sku = " + ANY_SKU,
        random.nextInt(1000),
        anySkuStart());
  }

  /** Swaps two values of a unique column. */
  private void swapEmails() throws SQLException {
    long one = anyCustomer();
    long other = anyCustomer();
    String email = "UPDATE public.customers SET email = ? WHERE id = ?";
    String ofOne = text("SELECT email FROM public.customers WHERE id = ? FOR UPDATE", one);
    String ofOther = text("SELECT email FROM public.customers WHERE id = ? FOR UPDATE", other);
    if (one == other || ofOne.isEmpty() || ofOther.isEmpty()) {
      return;
    }
    update(email, "between " + one, one);
    update(email, ofOne, other);
    update(email, ofOther, one);
  }

  /** Deletes a row and inserts it again with the same key. */
  private void replaceOrder() throws SQLException {
    long order = anyOrder();
    update("DELETE FROM public.orders WHERE id = ?", order);
    update(
        "INSERT INTO public.orders (id, customer_id, total) VALUES (?, ?, 0)",
        order,
        anyCustomer());
    addLines(order);
  }

  private long anyCustomer() {
    return 1 + (long) (random.nextDouble() * customers);
  }

  private long anyOrder() {
    return 1 + (long) (random.nextDouble() * orders);
  }

  private String anySkuStart() {
    return "aBäcz".charAt(random.nextInt(5)) + "-" + Integer.toHexString(random.nextInt(0xd0));
  }

  private void update(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(sql, values)) {
      statement.executeUpdate();
    }
  }

  private long number(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(sql, values);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  private String text(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(sql, values);
        ResultSet row = statement.executeQuery()) {
      return row.next() ? row.getString(1) : "";
    }
  }

  private PreparedStatement prepare(String sql, Object... values) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }
}
