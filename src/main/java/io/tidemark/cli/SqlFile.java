package io.tidemark.cli;

import io.tidemark.job.Placeholders;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The statements of an SQL file. They end at semicolons outside of quotes and comments; {@code
 * ${env:NAME}} and {@code ${file:PATH}} stand for what they do in a job file, within the quotes of
 * a text.
 */
final class SqlFile {

  /** As many bytes as a job file may have. */
  private static final int MOST_BYTES = 1 << 20;

  private static final int SHOWN_CHARACTERS = 60;
  private static final Pattern OPENS_SET =
      Pattern.compile("(EXECUTE STATEMENT SET BEGIN|BEGIN STATEMENT SET)\\b.*", Pattern.DOTALL);

  /**
   * A statement.
   *
   * @param line its first one, from 1
   * @param text without comments and the semicolon, with as many lines as in the file, and with
   *     what placeholders stand for: not to be shown
   * @param name how messages call it: its first words, up to where values may be
   */
  record Statement(int line, String text, String name) {

    /** What it begins with, in upper case and with single spaces. */
    String words() {
      return normalized(text);
    }
  }

  /** A file cannot be read; says where and why. */
  static final class UnreadableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private UnreadableException(String message) {
      super(message);
    }
  }

  /** A piece between semicolons, and the line of its first word. */
  private record Piece(int line, String text) {}

  private final String file;
  private final String text;
  private final List<Piece> pieces = new ArrayList<>();
  private final StringBuilder piece = new StringBuilder();
  private int line = 1;
  private int begun;

  private SqlFile(String file, String text) {
    this.file = file;
    this.text = text;
  }

  /**
   * Reads a file whole.
   *
   * @throws UnreadableException with the line
   */
  static List<Statement> read(Path file) {
    String text;
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new UnreadableException(file + ": the file is larger than a megabyte");
      }
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new UnreadableException(file + ": the file is not UTF-8 text");
    } catch (IOException e) {
      throw new UnreadableException(
          file + ": the file cannot be read: it is not there, or may not");
    }
    Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
    return parse(file.toString(), text, System::getenv, folder);
  }

  /**
   * Cuts a file's text into its statements.
   *
   * @param file what messages call it
   * @param environment the value of an environment variable, or null
   * @param directory what paths in the file are relative to
   * @throws UnreadableException with the line
   */
  static List<Statement> parse(
      String file, String text, UnaryOperator<@Nullable String> environment, Path directory) {
    SqlFile reader = new SqlFile(file, text);
    reader.cut();
    return reader.join().stream()
        .map(piece -> reader.statement(piece, new Placeholders(environment, directory)))
        .toList();
  }

  private Statement statement(Piece whole, Placeholders placeholders) {
    List<String> problems = new ArrayList<>();
    Optional<String> resolved =
        placeholders.resolve(whole.text(), value -> value.replace("'", "''"), problems::add);
    return new Statement(
        whole.line(),
        resolved.orElseThrow(() -> wrong(whole.line(), String.join("; ", problems))),
        name(whole.text()));
  }

  /** Values come behind the first parenthesis, quote or sign. */
  private static String name(String text) {
    String words = text.replaceAll("\\s+", " ").strip();
    String shown = words.split("[('=]", 2)[0].strip();
    return shown.length() <= SHOWN_CHARACTERS
        ? shown + (shown.length() < words.length() ? " …" : "")
        : shown.substring(0, SHOWN_CHARACTERS) + " …";
  }

  private static String normalized(String text) {
    return text.replaceAll("\\s+", " ").strip().toUpperCase(Locale.ROOT);
  }

  private UnreadableException wrong(int at, String what) {
    return new UnreadableException(file + ":" + at + ": " + what);
  }

  private void cut() {
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\'' || c == '`' || c == '"') {
        at = quoted(at, c);
      } else if (text.startsWith("--", at)) {
        at = end(text.indexOf('\n', at));
      } else if (text.startsWith("/*", at) && !text.startsWith("/*+", at)) {
        at = comment(at);
      } else if (c == ';') {
        finish();
        at++;
      } else {
        take(c);
        at++;
      }
    }
    finish();
  }

  private int end(int found) {
    return found < 0 ? text.length() : found;
  }

  /** A quote that is doubled does not end it. */
  private int quoted(int from, char quote) {
    int opened = line;
    int to = text.indexOf(quote, from + 1);
    if (to < 0) {
      throw wrong(opened, "a " + quote + " is not closed");
    }
    text.substring(from, to + 1).chars().forEach(c -> take((char) c));
    return to + 1;
  }

  private int comment(int from) {
    int to = text.indexOf("*/", from + 2);
    if (to < 0) {
      throw wrong(line, "a comment is not closed");
    }
    text.substring(from, to).chars().filter(c -> c == '\n').forEach(c -> take('\n'));
    take(' ');
    return to + 2;
  }

  private void take(char c) {
    if (piece.isEmpty()) {
      if (Character.isWhitespace(c)) {
        line += c == '\n' ? 1 : 0;
        return;
      }
      begun = line;
    }
    piece.append(c);
    line += c == '\n' ? 1 : 0;
  }

  private void finish() {
    if (!piece.isEmpty()) {
      pieces.add(new Piece(begun, piece.toString().stripTrailing()));
      piece.setLength(0);
    }
  }

  /** The statements of a set are one. */
  private List<Piece> join() {
    List<Piece> joined = new ArrayList<>();
    Optional<Piece> set = Optional.empty();
    for (Piece next : pieces) {
      String words = normalized(next.text());
      if (set.isEmpty()) {
        if (OPENS_SET.matcher(words).matches()) {
          set = Optional.of(new Piece(next.line(), opened(next.text())));
        } else {
          joined.add(next);
        }
      } else if (words.equals("END")) {
        joined.add(new Piece(set.get().line(), set.get().text() + "\nEND"));
        set = Optional.empty();
      } else {
        set = Optional.of(new Piece(set.get().line(), set.get().text() + "\n" + next.text() + ";"));
      }
    }
    if (set.isPresent()) {
      throw wrong(set.get().line(), "the statement set is not closed: END; is missing");
    }
    return joined;
  }

  /** Both forms that Flink's SQL client takes, in the one that the planner takes. */
  private static String opened(String text) {
    return normalized(text).equals("BEGIN STATEMENT SET")
        ? "EXECUTE STATEMENT SET BEGIN"
        : text + ";";
  }
}
