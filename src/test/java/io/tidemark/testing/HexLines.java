package io.tidemark.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** Recorded bytes among the test resources: hexadecimal lines, and comments behind {@code #}. */
public final class HexLines {

  private HexLines() {}

  /** What each line holds. */
  public static List<byte[]> read(String resource) {
    try (InputStream in = HexLines.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("there is no recording " + resource);
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> !line.startsWith("#") && !line.isBlank())
          .map(HexFormat.of()::parseHex)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
