package io.tidemark.cli.demo;

import io.tidemark.lab.MySqlVendor;
import io.tidemark.settings.ConnectionSpec;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * What a vendor's SQL says differently about a {@link Shop}: its tables, the expressions that its
 * rows are made of, and what happens when writers are in each other's way. Expressions go in and
 * come out as SQL text. Has no state.
 */
interface ShopDialect {

  /** The dialect of the server that the URL leads to. */
  static ShopDialect of(ConnectionSpec connection) {
    String url = connection.url();
    if (url.startsWith("jdbc:postgresql:")) {
      return new PostgresShop();
    }
    if (url.startsWith("jdbc:mysql:")) {
      return new MySqlShop(MySqlVendor.MYSQL);
    }
    if (url.startsWith("jdbc:mariadb:")) {
      return new MySqlShop(MySqlVendor.MARIADB);
    }
    throw new IllegalArgumentException("a shop cannot be at " + connection.displayUrl());
  }

  /** Opens a connection in auto-commit mode. */
  Connection connect(ConnectionSpec connection) throws SQLException;

  /** Creates the tables, with what must be there before the rows. */
  List<String> tables();

  /** Creates keys, indexes and constraints that are better made after the rows. */
  List<String> keys();

  /** What a session that fills the shop is set to. */
  List<String> settingsForFilling();

  /** A table expression with the numbers from {@code first} to {@code last} as column {@code i}. */
  String series(long first, long last);

  /** A JSON object of names and values in turn. */
  String object(String... namesAndValues);

  /** A list of texts. */
  String list(String... values);

  /** The bytes that hexadecimal text stands for. */
  String bytes(String hex);

  /** 32 hexadecimal digits that look random. */
  String hash(String text);

  /** A literal with backslash escapes in it. */
  String escaped(String literal);

  /** Text as the status of an order. */
  String status(String text);

  /** A moment this many seconds after a moment in UTC, {@code yyyy-mm-dd hh:mm:ss}. */
  String moment(String start, String seconds);

  /** The day this many days after {@code yyyy-mm-dd}. */
  String day(String start, String days);

  /** The aggregate of texts with blanks between them. */
  String joined(String text);

  /** The JSON object in {@code column} with a field set to a parameter of an SQL type. */
  String withField(String column, String field, String type);

  /** The list in {@code column} with a parameter at its end; empty if it was long already. */
  String withItem(String column);

  /** Whether what refers to an order or a product is deleted and changed along with it. */
  boolean cascades();

  /** Whether the transaction failed only because another one was in its way. */
  boolean isConflict(SQLException failure);
}
