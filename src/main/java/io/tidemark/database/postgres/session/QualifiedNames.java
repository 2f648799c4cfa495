package io.tidemark.database.postgres.session;

import io.tidemark.schema.TableId;
import java.util.function.UnaryOperator;

/**
 * Rewrites the qualified names in SQL that the server printed under an empty search path. There a
 * name has a schema unless it belongs to {@code pg_catalog} or is a column, so a pair of
 * identifiers with a dot between them is a name of a table, type, function, collation or operator
 * class. The result has every such pair quoted, so that two texts that mean the same are equal.
 *
 * <p>Follows the lexical rules of the PostgreSQL manual, 4.1; single use, one thread.
 */
public final class QualifiedNames {

  private static final String OPERATOR = "OPERATOR(";

  private final String sql;
  private final UnaryOperator<TableId> names;
  private final StringBuilder result = new StringBuilder();
  private int at;

  private QualifiedNames(String sql, UnaryOperator<TableId> names) {
    this.sql = sql;
    this.names = names;
  }

  /**
   * @param names gives each name its new one; an operator's name is asked for with its schema
   */
  public static String rewrite(String sql, UnaryOperator<TableId> names) {
    return new QualifiedNames(sql, names).run();
  }

  /** The name that {@link Identifiers#quote(TableId)} printed. */
  public static TableId parse(String quoted) {
    QualifiedNames names = new QualifiedNames(quoted, UnaryOperator.identity());
    String schema = names.readIdentifier();
    names.at++;
    return new TableId(schema, names.readIdentifier());
  }

  /** One spelling for all texts that differ only in quotes that are not needed. */
  public static String canonical(String sql) {
    return rewrite(sql, UnaryOperator.identity());
  }

  private String run() {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (c == '\'') {
        literal(false);
      } else if (startsIdentifier(c)) {
        identifier();
      } else if (Character.isDigit(c)) {
        number();
      } else {
        result.append(c);
        at++;
      }
    }
    return result.toString();
  }

  private void identifier() {
    int start = at;
    String first = readIdentifier();
    if (at < sql.length() && sql.charAt(at) == '\'' && first.equalsIgnoreCase("e")) {
      result.append(sql, start, at);
      literal(true);
      return;
    }
    boolean follows = at + 1 < sql.length() && sql.charAt(at) == '.';
    if (follows && startsIdentifier(sql.charAt(at + 1))) {
      at++;
      result.append(Identifiers.quote(names.apply(new TableId(first, readIdentifier()))));
    } else if (follows && result.toString().endsWith(OPERATOR)) {
      int end = sql.indexOf(')', at);
      TableId operator = names.apply(new TableId(first, sql.substring(at + 1, end)));
      result.append(Identifiers.quote(operator.schema())).append('.').append(operator.name());
      at = end;
    } else {
      result.append(sql, start, at);
    }
  }

  private void literal(boolean escapes) {
    int start = at;
    at++;
    StringBuilder value = new StringBuilder();
    while (at < sql.length()) {
      char c = sql.charAt(at++);
      if (escapes && c == '\\') {
        value.append(sql.charAt(at++));
      } else if (c != '\'') {
        value.append(c);
      } else if (at < sql.length() && sql.charAt(at) == '\'') {
        value.append('\'');
        at++;
      } else {
        break;
      }
    }
    if (sql.startsWith("::regclass", at) || sql.startsWith("::regtype", at)) {
      String inner = rewrite(value.toString(), names);
      if (escapes) {
        result.append('\'').append(inner.replace("\\", "\\\\").replace("'", "''")).append('\'');
      } else {
        result.append('\'').append(inner.replace("'", "''")).append('\'');
      }
    } else {
      result.append(sql, start, at);
    }
  }

  private void number() {
    int start = at;
    while (at < sql.length()
        && (Character.isLetterOrDigit(sql.charAt(at)) || sql.charAt(at) == '.')) {
      at++;
    }
    result.append(sql, start, at);
  }

  private String readIdentifier() {
    if (sql.charAt(at) == '"') {
      StringBuilder name = new StringBuilder();
      at++;
      while (at < sql.length()) {
        char c = sql.charAt(at++);
        if (c != '"') {
          name.append(c);
        } else if (at < sql.length() && sql.charAt(at) == '"') {
          name.append('"');
          at++;
        } else {
          break;
        }
      }
      return name.toString();
    }
    int start = at;
    while (at < sql.length()
        && (startsIdentifier(sql.charAt(at)) && sql.charAt(at) != '"'
            || Character.isDigit(sql.charAt(at))
            || sql.charAt(at) == '$')) {
      at++;
    }
    return sql.substring(start, at);
  }

  private static boolean startsIdentifier(char c) {
    return c == '"' || c == '_' || Character.isLetter(c) || c >= 0x80;
  }
}
