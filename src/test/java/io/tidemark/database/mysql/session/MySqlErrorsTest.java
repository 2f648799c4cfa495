package io.tidemark.database.mysql.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.DatabaseException.Kind;
import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a server's errors mean for a job: whether the same may succeed later. */
class MySqlErrorsTest {

  @ParameterizedTest
  @CsvSource({
    "1213, 40001, RETRYABLE",
    "1205, HY000, RETRYABLE",
    "1412, HY000, RETRYABLE",
    // A TRUNCATE or an ALTER TABLE is at work while the catalog is read.
    "1684, HY000, RETRYABLE",
    "1406, 22001, DATA",
    "1146, 42S02, FATAL",
    "1142, 42000, FATAL",
    "9999, HY000, FATAL",
  })
  void anErrorSaysWhetherTheSameMaySucceedLater(int number, String state, Kind kind) {
    SQLException error = new SQLException("said by the server", state, number);
    assertThat(MySqlErrors.kind(error)).isEqualTo(kind);
    assertThat(MySqlErrors.classify("asking", error).kind()).isEqualTo(kind);
  }
}
