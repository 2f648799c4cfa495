package io.tidemark.database.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.SourceControl;
import io.tidemark.lab.MariaDb;
import io.tidemark.lab.MySqlServer;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** A MariaDB source. */
class MariaDbSourceIT extends SourceContract {

  MariaDbSourceIT(@MariaDb MySqlServer server) {
    super(server);
  }

  @Test
  void noCopyBeginsWhileATransactionIsPrepared() throws Exception {
    MySqlSource source = source("prepared", "CREATE TABLE t (id INT PRIMARY KEY)");
    try (Connection connection = server().connect("prepared");
        Statement statement = connection.createStatement();
        SourceControl control = source.openControl(1)) {
      statement.execute("XA START 'one'");
      statement.execute("INSERT INTO t VALUES (1)");
      statement.execute("XA END 'one'");
      statement.execute("XA PREPARE 'one'");
      assertThatThrownBy(control::createLog)
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("1 XA transaction(s) are prepared");
      statement.execute("XA COMMIT 'one'");
      assertThat(control.createLog().pending()).isEmpty();
    }
  }
}
