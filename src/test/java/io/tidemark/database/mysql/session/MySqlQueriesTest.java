package io.tidemark.database.mysql.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A query that the catalog was asked at a bad moment; the moment cannot be ordered of a server. */
class MySqlQueriesTest {

  private final AtomicInteger asked = new AtomicInteger();

  @Test
  void whatTheCatalogPassesOverIsAskedForAgain() {
    MySqlQueries queries = new MySqlQueries(failing(3, 1684));
    assertThat(queries.list("looking", "SELECT 1", row -> row.getInt(1))).isEmpty();
    assertThat(asked).hasValue(4);
  }

  @Test
  void anyOtherFailureIsNot() {
    MySqlQueries queries = new MySqlQueries(failing(3, 1146));
    assertThatThrownBy(() -> queries.list("looking", "SELECT 1", row -> row.getInt(1)))
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("looking failed");
    assertThat(asked).hasValue(1);
  }

  /** Its queries fail some times, and yield no row then. */
  private Connection failing(int times, int error) {
    PreparedStatement statement =
        proxy(
            PreparedStatement.class,
            method -> {
              if (method.equals("executeQuery")) {
                if (asked.incrementAndGet() <= times) {
                  throw new SQLException("said by the server", "HY000", error);
                }
                return proxy(ResultSet.class, next -> next.equals("next") ? false : null);
              }
              return null;
            });
    return proxy(Connection.class, method -> method.equals("prepareStatement") ? statement : null);
  }

  private interface Answer {
    Object to(String method) throws SQLException;
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> answer.to(method.getName())));
  }
}
