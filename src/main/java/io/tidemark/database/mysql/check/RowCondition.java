package io.tidemark.database.mysql.check;

import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.session.SqlWords;
import io.tidemark.database.mysql.session.SqlWords.Dialect;
import io.tidemark.database.mysql.session.SqlWords.Word;
import io.tidemark.schema.ValueType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a job's condition is one that a row's own columns decide, and decide alike in the
 * snapshot, where they are columns, and in the log, whose rows are handed back to the server as
 * values. What is not known to be so is refused: functions, words and signs are those that are
 * listed, and columns of types that count as something else in another place stand only where they
 * count as what they show. Used by one thread.
 */
final class RowCondition {

  /**
   * Of their arguments alone, whatever the clock and the server's other rows say, and under
   * settings that all of our sessions have alike (the language of names, the time zone, the first
   * week).
   */
  private static final Set<String> FUNCTIONS =
      Set.of(
          ("abs ascii bin bin_to_uuid bit_count bit_length cast ceil ceiling char_length"
                  + " character_length coalesce concat concat_ws conv convert crc32 date date_add"
                  + " date_format date_sub datediff day dayname dayofmonth dayofweek dayofyear exp"
                  + " extract field find_in_set floor from_base64 from_days from_unixtime greatest"
                  + " hex hour if ifnull in inet_aton inet_ntoa instr interval isnull json_array"
                  + " json_contains json_contains_path json_depth json_extract json_keys json_length"
                  + " json_object json_overlaps json_search json_type json_unquote json_valid"
                  + " json_value last_day lcase least left length ln locate lower lpad ltrim makedate"
                  + " md5 microsecond mid minute mod month monthname nullif octet_length ord"
                  + " position pow power quarter regexp_like repeat replace reverse right round rpad"
                  + " rtrim second sha sha1 sha2 sign sqrt str_to_date strcmp substr substring"
                  + " substring_index to_base64 to_days to_seconds trim truncate ucase unhex upper"
                  + " uuid_to_bin week weekday weekofyear year yearweek")
              .split(" "));

  private static final Set<String> KEYWORDS =
      Set.of(
          ("and or xor not is null true false unknown like escape in between div mod case when"
                  + " then else end collate binary regexp rlike interval as using from for signed"
                  + " unsigned char decimal datetime date double json integer timestamp leading"
                  + " trailing both microsecond second minute hour day week month quarter year"
                  + " second_microsecond minute_microsecond minute_second hour_microsecond"
                  + " hour_second hour_minute day_microsecond day_second day_minute day_hour"
                  + " year_month n x b")
              .split(" "));

  /** Words behind which comes a condition, or an expression of its own. */
  private static final Set<String> BEFORE = Set.of("and", "or", "xor", "not", "when", "then");

  /** Those that have conditions on both of their sides, or behind them. */
  private static final Set<String> CONNECTIVES = Set.of("and", "or", "xor", "not", "when");

  private static final Set<String> BEHIND =
      Set.of("and", "or", "xor", "when", "then", "else", "end");

  private static final String SIGNS = "(),.+-*/%=<>!&|^~";

  private final Map<String, MySqlColumn> columns = new HashMap<>();
  private final String table;
  private final boolean mariaDb;
  private final List<Word> words;
  private final boolean isWhole;

  /**
   * @param table its name without the database
   * @param copied the columns that travel
   */
  RowCondition(String condition, String table, Collection<MySqlColumn> copied, boolean mariaDb) {
    SqlWords read = SqlWords.of(condition, new Dialect(mariaDb, false, true), Set.of());
    this.words = read.words();
    this.isWhole = read.isWhole();
    this.table = table;
    this.mariaDb = mariaDb;
    copied.forEach(column -> columns.put(column.name().toLowerCase(Locale.ROOT), column));
  }

  /** What is wrong with it; empty if nothing is. */
  Optional<String> problem() {
    if (!isWhole) {
      return Optional.of("it cannot be taken apart for sure (a quote, a bracket, a comment)");
    }
    int depth = 0;
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < words.size() && depth >= 0; i++) {
      Word word = words.get(i);
      depth += isSign(word, "(") ? 1 : isSign(word, ")") ? -1 : 0;
      unknown(i).ifPresent(problems::add);
    }
    if (depth != 0) {
      return Optional.of("its parentheses do not match");
    }
    return problems.stream().findFirst();
  }

  private Optional<String> unknown(int i) {
    Word word = words.get(i);
    if (isText(word)) {
      return Optional.empty();
    }
    if (!word.isName()) {
      return SIGNS.contains(word.text())
          ? Optional.empty()
          : Optional.of("it has the sign " + word.text());
    }
    String name = word.text().toLowerCase(Locale.ROOT);
    boolean isListed = FUNCTIONS.contains(name) || KEYWORDS.contains(name);
    if (isSign(at(i + 1), "(")) {
      return isListed && !word.quoted() && !isSign(at(i - 1), ".")
          ? Optional.empty()
          : Optional.of(
              "it calls " + word.text() + ", which is not known to depend on the row alone");
    }
    if (at(i - 1).is("as") && !KEYWORDS.contains(name)) {
      return Optional.of("it casts to " + word.text() + ", which may depend on more than the row");
    }
    MySqlColumn column = columns.get(name);
    if (column != null) {
      return misplaced(i, column);
    }
    boolean known =
        isNumber(word)
            || isQualifier(i)
            || (!word.quoted() && KEYWORDS.contains(name))
            || at(i - 1).is("collate")
            || at(i - 1).is("using")
            || (name.startsWith("_") && isText(at(i + 1)));
    return known
        ? Optional.empty()
        : Optional.of(word.text() + " is neither a copied column nor a word that is known here");
  }

  private Optional<String> misplaced(int i, MySqlColumn column) {
    ValueType values = column.column().values();
    boolean asText =
        values instanceof ValueType.Enumeration
            || values instanceof ValueType.LabelSet
            || values instanceof ValueType.Time;
    boolean asYear = values == ValueType.Plain.YEAR;
    boolean asNumber =
        values instanceof ValueType.Bits || asYear || column.column().type().contains("zerofill");
    boolean asNothing =
        values == ValueType.Plain.GEOMETRY
            || values instanceof ValueType.Vector
            || (mariaDb && values instanceof ValueType.Real real && real.bits() == 32);
    Place place =
        new Place(
            word -> asText ? isText(word) : asNumber && isNumber(word, asYear),
            asNumber || values instanceof ValueType.Time,
            values instanceof ValueType.Bits);
    if (!asText && !asNumber && !asNothing || standsAlone(i, place)) {
      return Optional.empty();
    }
    return Optional.of(
        "column "
            + column.name()
            + " of type "
            + column.column().type()
            + " counts as something else in some places of an expression; it may stand in "
            + (asText
                ? "comparisons with texts in quotes (by =, <>, <=>, IN; for a time by <, > and BETWEEN"
                    + " too), and in "
                : asNumber
                    ? "comparisons with numbers" + (asYear ? " of four digits" : "") + ", and in "
                    : "")
            + "IS NULL and IS NOT NULL");
  }

  /** Which words a column may be compared with. */
  private interface Literal {
    boolean is(Word word);
  }

  /**
   * Where a column may stand.
   *
   * @param literal what it may be compared with
   * @param ordered by {@code <}, {@code >} and BETWEEN too
   * @param alone also by itself, as a condition
   */
  private record Place(Literal literal, boolean ordered, boolean alone) {}

  /** Whether the column at {@code i} is one side of a whole comparison with literals. */
  private boolean standsAlone(int i, Place place) {
    int before = i - 1;
    if (isSign(at(before), ".")) {
      before -= 2;
    }
    if (opens(before)) {
      int end = comparison(i + 1, place);
      return end > 0 && closes(end) || place.alone() && isCondition(before, i + 1);
    }
    int start = before;
    while (start >= 0 && isComparing(at(start))) {
      start--;
    }
    return start < before
        && isComparison(start + 1, before + 1, place)
        && place.literal().is(at(start))
        && opens(start - 1)
        && closes(i + 1);
  }

  /** Where the comparison that goes on at {@code from} ends; 0 if it is none with literals. */
  private int comparison(int from, Place place) {
    int at = from;
    Literal literal = place.literal();
    if (at(at).is("is")) {
      at += at(at + 1).is("not") ? 2 : 1;
      return at(at).is("null") ? at + 1 : 0;
    }
    if (at(at).is("not")) {
      at++;
    }
    if (at(at).is("like")) {
      return isText(at(at + 1)) && literal.is(at(at + 1)) ? at + 2 : 0;
    }
    if (at(at).is("between") && place.ordered()) {
      boolean whole = literal.is(at(at + 1)) && at(at + 2).is("and") && literal.is(at(at + 3));
      return whole ? at + 4 : 0;
    }
    if (at(at).is("in") && isSign(at(at + 1), "(")) {
      at += 2;
      while (literal.is(at(at)) && isSign(at(at + 1), ",")) {
        at += 2;
      }
      return literal.is(at(at)) && isSign(at(at + 1), ")") ? at + 2 : 0;
    }
    while (isComparing(at(at))) {
      at++;
    }
    if (!isComparison(from, at, place)) {
      return 0;
    }
    if (place.alone() && at(at).is("b") && isText(at(at + 1))) {
      return at + 2;
    }
    return literal.is(at(at)) ? at + 1 : 0;
  }

  private static boolean isComparing(Word word) {
    return !word.quoted() && !word.text().isEmpty() && "=<>!".contains(word.text());
  }

  private boolean isComparison(int from, int to, Place place) {
    StringBuilder sign = new StringBuilder();
    for (int i = from; i < to; i++) {
      sign.append(at(i).text());
    }
    return Set.of("=", "<>", "!=", "<=>").contains(sign.toString())
        || place.ordered() && Set.of("<", ">", "<=", ">=").contains(sign.toString());
  }

  /** Whether a condition, and nothing else, is between the two. */
  private boolean isCondition(int before, int behind) {
    Word previous = at(before);
    Word next = at(behind);
    boolean begins = before < 0 || opens(before) && CONNECTIVES.stream().anyMatch(previous::is);
    boolean ends =
        behind >= words.size()
            || isSign(next, ")")
            || next.is("then")
            || CONNECTIVES.stream().anyMatch(next::is);
    return begins && ends;
  }

  private boolean opens(int before) {
    Word previous = at(before);
    return before < 0
        || isSign(previous, "(")
        || isSign(previous, ",")
        || BEFORE.stream().anyMatch(previous::is) && !isOfBetween(before);
  }

  /** Whether an AND is the one of {@code x BETWEEN a AND b}, behind which comes a value. */
  private boolean isOfBetween(int and) {
    int depth = 0;
    for (int i = and - 1; i >= 0 && at(and).is("and"); i--) {
      Word word = at(i);
      depth += isSign(word, ")") ? 1 : isSign(word, "(") ? -1 : 0;
      if (depth == 0 && word.is("between")) {
        return true;
      }
      if (depth < 0 || depth == 0 && BEFORE.stream().anyMatch(word::is)) {
        return false;
      }
    }
    return false;
  }

  private boolean closes(int i) {
    Word next = at(i);
    return i >= words.size()
        || isSign(next, ")")
        || isSign(next, ",")
        || BEHIND.stream().anyMatch(next::is);
  }

  private boolean isQualifier(int i) {
    return words.get(i).text().equalsIgnoreCase(table) && isSign(at(i + 1), ".");
  }

  private Word at(int i) {
    return i >= 0 && i < words.size() ? words.get(i) : new Word("", (char) 0);
  }

  private static boolean isText(Word word) {
    return word.quote() == '\'' || word.quote() == '"';
  }

  /** With fewer digits than four, a year is one of this century, or of the last. */
  private static boolean isNumber(Word word, boolean ofYear) {
    return ofYear ? !word.quoted() && word.text().matches("\\d{4}") : isNumber(word);
  }

  private static boolean isNumber(Word word) {
    return !word.quoted() && word.text().matches("\\d+(?:[eE]\\d*)?|0x[0-9a-fA-F]+|0b[01]+");
  }

  private static boolean isSign(Word word, String sign) {
    return !word.quoted() && word.text().equals(sign);
  }
}
