package io.tidemark.job;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Replaces {@code ${env:NAME}} by an environment variable and {@code ${file:PATH}} by what a file
 * holds, without its last line break; a dollar sign that is doubled before a brace stands for one.
 * Names of variables and files are shown in messages, what they hold is not, and neither is text
 * that may be a secret somebody forgot to escape. Immutable.
 */
public final class Placeholders {

  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\$\\$\\{|\\$\\{(?:(env|file):)?([^}]*)(}?)");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final long MAX_FILE_BYTES = 65_536;

  private final UnaryOperator<@Nullable String> environment;
  private final Path baseDirectory;

  /**
   * @param environment the value of a variable, or null where it is not set
   * @param baseDirectory what relative paths are relative to: the job file's directory
   */
  public Placeholders(UnaryOperator<@Nullable String> environment, Path baseDirectory) {
    this.environment = environment;
    this.baseDirectory = baseDirectory;
  }

  /** The text with everything replaced; empty if {@code problem} was told why that cannot be. */
  Optional<String> resolve(String text, Consumer<String> problem) {
    return resolve(text, UnaryOperator.identity(), problem);
  }

  /**
   * The same for a text with a grammar of its own.
   *
   * @param written how a value is written into it
   */
  public Optional<String> resolve(
      String text, UnaryOperator<String> written, Consumer<String> problem) {
    Matcher matcher = PLACEHOLDER.matcher(text);
    StringBuilder resolved = new StringBuilder();
    boolean complete = true;
    int end = 0;
    while (matcher.find()) {
      resolved.append(text, end, matcher.start());
      end = matcher.end();
      Optional<String> value =
          matcher.group().equals("$${") ? Optional.of("${") : value(matcher, problem).map(written);
      value.ifPresent(resolved::append);
      complete &= value.isPresent();
    }
    return complete
        ? Optional.of(resolved.append(text, end, text.length()).toString())
        : Optional.empty();
  }

  private Optional<String> value(Matcher matcher, Consumer<String> problem) {
    if (matcher.group(3).isEmpty()) {
      problem.accept("a ${ is not closed by }; write $${ where ${ itself is meant");
      return Optional.empty();
    }
    if (matcher.group(1) == null) {
      problem.accept(
          "only ${env:NAME} and ${file:PATH} are replaced; write $${ where ${ itself is meant");
      return Optional.empty();
    }
    return matcher.group(1).equals("env")
        ? variable(matcher.group(2), problem)
        : content(matcher.group(2), problem);
  }

  private Optional<String> variable(String name, Consumer<String> problem) {
    if (!VARIABLE.matcher(name).matches()) {
      problem.accept("${env:…} needs the name of an environment variable");
      return Optional.empty();
    }
    String value = environment.apply(name);
    if (value == null) {
      problem.accept("the environment variable " + name + " is not set");
    }
    return Optional.ofNullable(value);
  }

  private Optional<String> content(String name, Consumer<String> problem) {
    try {
      Path path = baseDirectory.resolve(name);
      if (name.isBlank() || !Files.isRegularFile(path)) {
        problem.accept("there is no file " + name);
        return Optional.empty();
      }
      if (Files.size(path) > MAX_FILE_BYTES) {
        problem.accept("the file " + name + " is too large for a setting");
        return Optional.empty();
      }
      // Bounded once more: what is no plain file may have more than it says.
      byte[] bytes;
      try (InputStream in = Files.newInputStream(path)) {
        bytes = in.readNBytes((int) MAX_FILE_BYTES);
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return Optional.of(withoutLastLineBreak(text));
    } catch (InvalidPathException e) {
      problem.accept("${file:…} needs the path of a file");
    } catch (NoSuchFileException e) {
      problem.accept("there is no file " + name);
    } catch (CharacterCodingException e) {
      problem.accept("the file " + name + " is not UTF-8 text");
    } catch (IOException e) {
      problem.accept("the file " + name + " cannot be read");
    }
    return Optional.empty();
  }

  private static String withoutLastLineBreak(String text) {
    if (text.endsWith("\r\n")) {
      return text.substring(0, text.length() - 2);
    }
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }
}
