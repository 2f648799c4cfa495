package io.tidemark.cli.demo;

import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A shop's database: customers, products, orders with their lines, payments, and accounts between
 * which money is moved. Its types, keys and indexes are those of real applications. The same rows
 * and the same transactions at every vendor's database. Has no state; safe for several threads.
 */
public final class Shop {

  private final ConnectionSpec connection;
  private final ShopDialect dialect;

  /** A shop that is at this database, or will be. */
  public Shop(ConnectionSpec connection) {
    this.connection = connection;
    this.dialect = ShopDialect.of(connection);
  }

  /** How many rows each table gets; in all, exactly as many as were asked for. */
  private record Sizes(
      long customers, long products, long orders, long lines, long payments, long accounts) {

    static Sizes of(long rows) {
      long customers = Math.max(10, rows / 10);
      long products = Math.max(10, rows / 50);
      long accounts = Math.max(10, rows / 33);
      long orders = rows / 4;
      long payments = rows * 15 / 100;
      return new Sizes(
          customers,
          products,
          orders,
          rows - customers - products - accounts - orders - payments,
          payments,
          accounts);
    }
  }

  /**
   * Creates the tables in an empty database and fills them; the same rows every time, apart from
   * the payments' references.
   *
   * @param rows in all tables together, at least 100
   */
  public void fill(long rows) throws SQLException {
    if (rows < 100) {
      throw new IllegalArgumentException("a shop needs at least 100 rows");
    }
    Sizes sizes = Sizes.of(rows);
    execute(dialect.tables());
    // The two halves are about as long; keys come last, as building them at once is faster.
    CompletableFuture<Void> lines =
        CompletableFuture.runAsync(() -> executeAsync(List.of(fillLines(sizes))));
    try {
      execute(
          List.of(
              fillCustomers(sizes),
              fillProducts(sizes),
              fillOrders(sizes),
              fillPayments(sizes),
              fillAccounts(sizes)));
    } finally {
      try {
        lines.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof SQLException failure) {
          throw failure;
        }
        throw e;
      }
    }
    execute(dialect.keys());
  }

  ShopDialect dialect() {
    return dialect;
  }

  /** Opens a connection to it, in auto-commit mode. */
  Connection connect() throws SQLException {
    return dialect.connect(connection);
  }

  private String fillCustomers(Sizes sizes) {
    return "INSERT INTO customers (email, name, address, tags, picture, born, created_at) SELECT "
        + String.join(
            ", ",
            "concat('customer', i, '@example.com')",
            "concat("
                + oneOf("i", "Ada", "Bo", "Cléo", "Дмитрий", "Eve", "F. 李", "Gül", "Hà")
                + ", ' No ', i)",
            dialect.object(
                "'street'",
                "concat('Street ', i % 977)",
                "'zip'",
                "lpad(concat(i % 99999, ''), 5, '0')"),
            "CASE WHEN i % 3 = 0 THEN "
                + dialect.list("'vip'", "concat('line ', i % 7)")
                + " ELSE "
                + dialect.list()
                + " END",
            "CASE WHEN i % 10 = 0 THEN "
                + dialect.bytes("repeat(" + dialect.hash("concat(i, '')") + ", 4)")
                + " END",
            "CASE WHEN i % 4 > 0 THEN " + dialect.day("1940-01-01", "i * 7919 % 25000") + " END",
            dialect.moment("2020-01-01 00:00:00", "i * 61.003"))
        + " FROM "
        + dialect.series(1, sizes.customers());
  }

  private String fillProducts(Sizes sizes) {
    return "INSERT INTO products (sku, name, price, stock, attributes, description, updated_at)"
        + " SELECT "
        + String.join(
            ", ",
            sku("n.i"),
            "concat('Product ', n.i)",
            "(n.i * 37 % 100000) / 100.0 + 1",
            "1000 + n.i % 500",
            dialect.object(
                "'weight'", "n.i % 1000", "'colour'", oneOf("n.i", "red", "grün", "bleu")),
            "CASE WHEN n.i % 100 = 0 THEN (SELECT "
                + dialect.joined(dialect.hash("concat(n.i * series.i, '')"))
                + " FROM "
                + dialect.series(1, 150)
                + ") ELSE concat('About product ', n.i) END",
            dialect.moment("2024-01-01 00:00:00", "n.i"))
        + " FROM (SELECT i FROM "
        + dialect.series(1, sizes.products())
        + ") AS n";
  }

  private String fillOrders(Sizes sizes) {
    return "INSERT INTO orders (customer_id, status, total, note, placed_at) SELECT "
        + String.join(
            ", ",
            "1 + i * 7919 % " + sizes.customers(),
            dialect.status(oneOf("i", "new", "paid", "shipped", "returned", "cancelled")),
            "(i * 131 % 1000000) / 100.0",
            "CASE WHEN i % 5 = 0 THEN '' WHEN i % 7 = 0 THEN concat("
                + dialect.escaped("'leave it at\\tthe door, \\\\'")
                + ", i) END",
            dialect.moment("2024-06-01 00:00:00", "i * 1.5"))
        + " FROM "
        + dialect.series(1, sizes.orders());
  }

  private String fillLines(Sizes sizes) {
    return "INSERT INTO order_lines (order_id, line_no, sku, quantity, price) SELECT "
        + String.join(
            ", ",
            "1 + i % " + sizes.orders(),
            "1 + floor(i / " + sizes.orders() + ")",
            sku("p"),
            "1 + i % 9",
            "(i * 17 % 50000) / 100.0 + 1")
        + " FROM (SELECT i, 1 + i * 104729 % "
        + sizes.products()
        + " AS p FROM "
        + dialect.series(0, sizes.lines() - 1)
        + ") AS l";
  }

  private String fillPayments(Sizes sizes) {
    return "INSERT INTO payments (order_id, amount, method, paid_at) SELECT "
        + String.join(
            ", ",
            "i",
            "(i * 131 % 1000000) / 100.0",
            oneOf("i", "card", "transfer", "cash"),
            dialect.moment("2024-06-02 00:00:00", "i * 1.5"))
        + " FROM "
        + dialect.series(1, sizes.payments());
  }

  private String fillAccounts(Sizes sizes) {
    return "INSERT INTO accounts (id, owner, opening, balance)"
        + " SELECT i, concat('owner ', i), 1000, 1000 FROM "
        + dialect.series(1, sizes.accounts());
  }

  /** Text keys with capitals and signs, which languages sort in their own ways. */
  private String sku(String number) {
    return "concat("
        + oneOf(number, "a", "B", "ä", "c-", "C_", "z")
        + ", '-', upper(substr("
        + dialect.hash("concat(" + number + ", '')")
        + ", 1, 6)), '-', "
        + number
        + ")";
  }

  /** One text after the other, as the number grows. */
  private static String oneOf(String number, String... texts) {
    StringBuilder choice =
        new StringBuilder("CASE ").append(number).append(" % ").append(texts.length);
    for (int i = 0; i < texts.length; i++) {
      choice.append(" WHEN ").append(i).append(" THEN '").append(texts[i]).append("'");
    }
    return choice.append(" END").toString();
  }

  private void executeAsync(List<String> statements) {
    try {
      execute(statements);
    } catch (SQLException e) {
      throw new CompletionException(e);
    }
  }

  private void execute(List<String> statements) throws SQLException {
    try (Connection session = connect();
        Statement statement = session.createStatement()) {
      for (String sql : dialect.settingsForFilling()) {
        statement.execute(sql);
      }
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /**
   * What no transaction of the shop ever changes or breaks: the money in all accounts, and that
   * every account holds what it opened with and what transfers brought and took.
   *
   * @param money the sum of all balances
   * @param unexplained accounts whose balance the transfers do not explain
   */
  public record Books(String money, long unexplained) {

    private static final String QUERY =
        """
        SELECT coalesce(sum(a.balance), 0),
               count(CASE WHEN a.balance <> a.opening + coalesce(m.moved, 0) THEN 1 END)
        FROM accounts AS a
        LEFT JOIN (SELECT account, sum(amount) AS moved
                   FROM (SELECT to_account AS account, amount FROM transfers
                         UNION ALL
                         SELECT from_account, -amount FROM transfers) AS both_ends
                   GROUP BY account) AS m ON m.account = a.id
        """;

    /** Reads them in one statement, so that all of it is from one snapshot. */
    public static Books read(Connection connection) throws SQLException {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(QUERY)) {
        row.next();
        return new Books(row.getString(1), row.getLong(2));
      }
    }

    /** Whether they hold, given what they were before any transfer. */
    public boolean agreeWith(Books opening) {
      return money.equals(opening.money) && unexplained == 0;
    }
  }
}
