package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated
class CommandLogTest {

  private @Nullable String file;
  private @Nullable String folder;

  @BeforeEach
  void inAFolder() {
    file = System.getProperty(CommandLog.FILE);
    folder = System.getProperty(CommandLog.FOLDER);
    System.clearProperty(CommandLog.FILE);
    System.setProperty(CommandLog.FOLDER, Path.of("logs").toString());
  }

  @AfterEach
  void asItWas() {
    set(CommandLog.FILE, file);
    set(CommandLog.FOLDER, folder);
  }

  @Test
  void eachStreamAndCommandHasItsOwn() {
    CommandLog.ofStream("run", "shop");
    assertThat(System.getProperty(CommandLog.FILE))
        .isEqualTo(Path.of("logs", "tidemark-shop.log").toAbsolutePath().toString());
    System.clearProperty(CommandLog.FILE);
    CommandLog.ofStream("status", "shop");
    assertThat(System.getProperty(CommandLog.FILE))
        .isEqualTo(Path.of("logs", "tidemark-shop-status.log").toAbsolutePath().toString());
  }

  @Test
  void whatIsNamedStays() {
    CommandLog.to(Path.of("mine.log"));
    CommandLog.ofStream("run", "shop");
    assertThat(System.getProperty(CommandLog.FILE))
        .isEqualTo(Path.of("mine.log").toAbsolutePath().toString());
  }

  private static void set(String name, @Nullable String value) {
    if (value == null) {
      System.clearProperty(name);
    } else {
      System.setProperty(name, value);
    }
  }
}
