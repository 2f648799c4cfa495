package io.tidemark.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class DemoCommandTest {

  @Test
  void saysPlainlyWhichDatabasesThereAre() {
    assertThat(misuse("--from", "oracle"))
        .contains("--from oracle is not a database that the demo has")
        .contains("postgres, mysql, mariadb");
    assertThat(misuse("--to", "MySQL")).contains("--to MySQL is not");
  }

  @Test
  void refusesSizesThatShowNothing() {
    assertThat(misuse("--rows", "999")).contains("--rows must be at least 1000");
    assertThat(misuse("--seconds", "-1")).contains("--seconds must not be negative");
  }

  private static String misuse(String... arguments) {
    StringWriter messages = new StringWriter();
    int exit =
        new CommandLine(new DemoCommand()).setErr(new PrintWriter(messages)).execute(arguments);
    assertThat(exit).isEqualTo(2);
    return messages.toString();
  }
}
