package io.tidemark.attack;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes a statement of a form of the grammar, by putting words of the seed's for what stands in
 * braces. A word that stands there twice is the same both times, but for alternatives and numbers.
 *
 * <ul>
 *   <li>{@code {t}} a table, {@code {T}} its name at the target, {@code {u}} any table
 *   <li>{@code {c}} and {@code {d}} columns of that table, {@code {type}} the type of {@code {c}},
 *       {@code {val}} a literal for it, {@code {set}} an assignment to it, {@code {newtype}} any
 *       type
 *   <li>{@code {rows}} rows for the table, as what follows {@code INSERT}; {@code {write}} a
 *       statement that changes any rows
 *   <li>{@code {id}}, {@code {low}}, {@code {far}}, {@code {mod}}, {@code {few}} numbers; {@code
 *       {#}} one that no other form has
 *   <li>{@code {a|b}} one of them
 * </ul>
 */
final class Wording {

  private static final Pattern PLACE = Pattern.compile("\\{([^{}]*)\\}");

  private final Generator seed;
  private @Nullable Shape shape;
  private @Nullable String column;
  private @Nullable String number;

  private Wording(Generator seed) {
    this.seed = seed;
  }

  /** A statement, or several with {@code ;;} between them. */
  static String of(Generator seed, String form) {
    Wording wording = new Wording(seed);
    return PLACE
        .matcher(form)
        .replaceAll(place -> Matcher.quoteReplacement(wording.word(place.group(1))));
  }

  private String word(String place) {
    if (place.contains("|")) {
      return seed.any(place.split("\\|", -1));
    }
    return switch (place) {
      case "t" -> table().name();
      case "T" -> seed.targetOf(table().name());
      case "u" -> seed.table().name();
      case "c" -> column();
      case "d" -> seed.column(table());
      case "type" -> seed.declared(type());
      case "newtype" -> seed.anyType();
      case "val" -> seed.value(type());
      case "set" -> Generator.isMade(type()) ? "v = v" : column() + " = " + seed.value(type());
      case "rows" -> seed.rows(table());
      case "write" -> seed.write();
      case "id" -> String.valueOf(seed.id());
      case "low" -> String.valueOf(seed.id() / 3);
      case "far" -> String.valueOf(200 + seed.random.nextInt(900));
      case "mod" -> String.valueOf(seed.random.nextInt(3));
      case "few" -> String.valueOf(seed.random.nextInt(4));
      case "#" -> number();
      case "db" -> "{db}";
      default -> throw new IllegalArgumentException("the grammar has no {" + place + "}");
    };
  }

  private Shape table() {
    if (shape == null) {
      shape = seed.table();
    }
    return shape;
  }

  private String column() {
    if (column == null) {
      column = seed.column(table());
    }
    return column;
  }

  private String type() {
    return table().columns().getOrDefault(column(), "int");
  }

  private String number() {
    if (number == null) {
      number = seed.fresh();
    }
    return number;
  }
}
