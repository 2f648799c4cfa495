package io.tidemark.database.mysql.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.DatabaseException;
import io.tidemark.database.DatabaseException.Kind;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1290 | The MySQL server is running with the --super-read-only option so it cannot execute"
            + " this statement",
        "1290 | MariaDB-Server läuft mit der Option --read-only und kann nicht",
        "1836 | Running in read-only mode",
        "1180 | Got error 149 during COMMIT"
      })
  void aServerThatTakesNoWritesIsWaitedFor(int number, String said) {
    DatabaseException failure =
        MySqlErrors.classify("writing", new SQLException(said, "HY000", number));
    assertThat(failure.kind()).isEqualTo(Kind.RETRYABLE);
    assertThat(failure).hasMessageContaining("tries again until it does");
  }

  @Test
  void anotherOptionThatPreventsAStatementIsForAPersonToChange() {
    SQLException error =
        new SQLException(
            "The MySQL server is running with the --secure-file-priv option", "HY000", 1290);
    assertThat(MySqlErrors.kind(error)).isEqualTo(Kind.FATAL);
  }
}
