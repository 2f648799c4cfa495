package io.tidemark.cli.demo;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What is done in a shop, one transaction at a time, on one connection; for one thread. */
final class ShopTransactions {

  private static final String[] STATUS = {"new", "paid", "shipped", "returned", "cancelled"};

  private final ShopDialect dialect;
  private final Connection connection;
  private final Random random;
  private final long customers;
  private final int accounts;
  private long orders;

  ShopTransactions(ShopDialect dialect, Connection connection, Random random) throws SQLException {
    this.dialect = dialect;
    this.connection = connection;
    this.random = random;
    customers = number("SELECT max(id) FROM customers");
    accounts = (int) number("SELECT max(id) FROM accounts");
    orders = number("SELECT coalesce(max(id), 1) FROM orders");
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
        "INSERT INTO transfers (from_account, to_account, amount) VALUES (?, ?, ?)",
        from,
        to,
        amount);
  }

  private void move(int account, BigDecimal amount) throws SQLException {
    update(
        "UPDATE accounts SET balance = balance + ?, updated_at = current_timestamp(6) WHERE id = ?",
        amount,
        account);
  }

  private void order() throws SQLException {
    orders =
        numbered(
            "INSERT INTO orders (customer_id, total, note) VALUES (?, ?, ?)",
            anyCustomer(),
            BigDecimal.valueOf(random.nextInt(1_000_000), 2),
            random.nextBoolean() ? "gift" : null);
    addLines(orders);
    if (random.nextInt(10) < 7) {
      update(
          "INSERT INTO payments (order_id, amount, method) VALUES (?, ?, 'card')",
          orders,
          BigDecimal.valueOf(random.nextInt(1_000_000), 2));
    }
  }

  private void addLines(long order) throws SQLException {
    int lines = 1 + random.nextInt(5);
    for (int line = 1; line <= lines; line++) {
      update(
          "INSERT INTO order_lines (order_id, line_no, sku, quantity, price)"
              + " SELECT ?, ?, sku, ?, price FROM products WHERE sku = ?",
          order,
          (short) line,
          1 + random.nextInt(9),
          anySku());
    }
  }

  private void advanceOrder() throws SQLException {
    update(
        "UPDATE orders SET status = " + dialect.status("?") + " WHERE id = ?",
        STATUS[random.nextInt(STATUS.length)],
        anyOrder());
  }

  /** Leaves the description as it is, also where it is stored out of line. */
  private void changeProduct() throws SQLException {
    update(
        "UPDATE products SET stock = stock - ?, updated_at = current_timestamp(6), attributes = "
            + dialect.withField("attributes", "seen", "int")
            + " WHERE sku = ?",
        random.nextInt(3),
        random.nextInt(1000),
        anySku());
  }

  private void changeCustomer() throws SQLException {
    update(
        "UPDATE customers SET tags = "
            + dialect.withItem("tags")
            + ", address = "
            + dialect.withField("address", "zip", "text")
            + " WHERE id = ?",
        "tag " + random.nextInt(100),
        String.valueOf(10_000 + random.nextInt(90_000)),
        anyCustomer());
  }

  private void addCustomer() throws SQLException {
    byte[] picture = new byte[random.nextInt(64)];
    random.nextBytes(picture);
    update(
        "INSERT INTO customers (email, name, address, picture)"
            + " VALUES (?, ?, '{\"street\": \"new\"}', ?)",
        "new" + random.nextInt(1_000_000) + "@example.com",
        "Neu \"N.\" Kunde\t№ " + random.nextInt(1000),
        picture);
  }

  private void deleteOrder() throws SQLException {
    deleteOrder(anyOrder());
  }

  private void deleteOrder(long order) throws SQLException {
    if (!dialect.cascades()) {
      update("DELETE FROM payments WHERE order_id = ?", order);
      update("DELETE FROM order_lines WHERE order_id = ?", order);
    }
    update("DELETE FROM orders WHERE id = ?", order);
  }

  /** Changes primary keys; a line's new number may be another one's old number. */
  private void renumberLines() throws SQLException {
    long order = anyOrder();
    update(
        "UPDATE order_lines SET line_no = line_no + 100 WHERE order_id = ? AND line_no < 100",
        order);
    update(
        "UPDATE order_lines SET line_no = line_no - 99"
            + " WHERE order_id = ? AND line_no BETWEEN 101 AND 199",
        order);
  }

  /** Changes a primary key that other rows refer to, and these with it. */
  private void renameProduct() throws SQLException {
    String sku = anySku();
    String renamed =
        sku.substring(
                0, sku.offsetByCodePoints(0, Math.min(30, sku.codePointCount(0, sku.length()))))
            + "."
            + random.nextInt(1000);
    if (dialect.cascades()) {
      update("UPDATE products SET sku = ? WHERE sku = ?", renamed, sku);
      return;
    }
    update(
        "INSERT INTO products (sku, name, price, stock, attributes, description, updated_at)"
            + " SELECT ?, name, price, stock, attributes, description, updated_at"
            + " FROM products WHERE sku = ?",
        renamed,
        sku);
    update("UPDATE order_lines SET sku = ? WHERE sku = ?", renamed, sku);
    update("DELETE FROM products WHERE sku = ?", sku);
  }

  /** Swaps two values of a unique column. */
  private void swapEmails() throws SQLException {
    long one = anyCustomer();
    long other = anyCustomer();
    String email = "UPDATE customers SET email = ? WHERE id = ?";
    String ofOne = text("SELECT email FROM customers WHERE id = ? FOR UPDATE", one);
    String ofOther = text("SELECT email FROM customers WHERE id = ? FOR UPDATE", other);
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
    deleteOrder(order);
    update("INSERT INTO orders (id, customer_id, total) VALUES (?, ?, 0)", order, anyCustomer());
    addLines(order);
  }

  private long anyCustomer() {
    return 1 + (long) (random.nextDouble() * customers);
  }

  private long anyOrder() {
    return 1 + (long) (random.nextDouble() * orders);
  }

  /** A product at random, by its place in the key's order. */
  private String anySku() throws SQLException {
    return text(
        "SELECT sku FROM products WHERE sku >= ? ORDER BY sku LIMIT 1",
        "aBäcz".charAt(random.nextInt(5)) + "-" + Integer.toHexString(random.nextInt(0xd0)));
  }

  private void update(String sql, @Nullable Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(sql, values)) {
      statement.executeUpdate();
    }
  }

  /** Inserts a row and returns the number that it got. */
  private long numbered(String sql, @Nullable Object... values) throws SQLException {
    try (PreparedStatement statement =
        set(connection.prepareStatement(sql, new String[] {"id"}), values)) {
      statement.executeUpdate();
      try (ResultSet row = statement.getGeneratedKeys()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private long number(String sql, @Nullable Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(sql, values);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  private String text(String sql, @Nullable Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(sql, values);
        ResultSet row = statement.executeQuery()) {
      return row.next() ? row.getString(1) : "";
    }
  }

  private PreparedStatement prepare(String sql, @Nullable Object... values) throws SQLException {
    return set(connection.prepareStatement(sql), values);
  }

  private static PreparedStatement set(PreparedStatement statement, @Nullable Object... values)
      throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }
}
