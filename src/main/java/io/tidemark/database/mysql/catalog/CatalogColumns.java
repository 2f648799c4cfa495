package io.tidemark.database.mysql.catalog;

import io.tidemark.database.PortableSchema.DefaultValue;
import io.tidemark.schema.Column;
import io.tidemark.schema.ValueType;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes columns of the rows of {@code information_schema.columns}. */
public final class CatalogColumns {

  private static final Pattern NOW = Pattern.compile("(?i)(current_timestamp|now)(\\(\\d?\\))?");
  private static final Pattern BITS = Pattern.compile("(?i)b'([01]*)'");
  private static final Pattern NUMBER = Pattern.compile("[-+]?\\d+(\\.\\d*)?([eE][-+]?\\d+)?");

  private final boolean mariaDb;
  private final boolean booleans;

  /**
   * @param mariaDb whose catalog prints defaults as SQL expressions, where MySQL's prints values
   */
  public CatalogColumns(boolean mariaDb) {
    this(mariaDb, false);
  }

  /**
   * @param booleans whether {@code tinyint(1)}, which is what BOOLEAN means there, is taken for one
   */
  CatalogColumns(boolean mariaDb, boolean booleans) {
    this.mariaDb = mariaDb;
    this.booleans = booleans;
  }

  /** What the current row says of a column; it is left where it is. */
  public MySqlColumn read(ResultSet row) throws SQLException {
    String dataType = row.getString("DATA_TYPE").toLowerCase(Locale.ROOT);
    String type = row.getString("COLUMN_TYPE");
    String extra = row.getString("EXTRA").toUpperCase(Locale.ROOT);
    MySqlTypes.Figures figures =
        new MySqlTypes.Figures(
            row.getLong("LENGTH"),
            row.getInt("DIGITS"),
            row.getInt("SCALE"),
            row.getInt("FRACTION"));
    ValueType values =
        booleans && type.equals("tinyint(1)")
            ? ValueType.Plain.BOOLEAN
            : MySqlTypes.valuesOf(dataType, type, figures).orElse(ValueType.Plain.OWN);
    String defaultText = Optional.ofNullable(row.getString("COLUMN_DEFAULT")).orElse("");
    boolean hasDefault = row.getString("COLUMN_DEFAULT") != null;
    return new MySqlColumn(
        new Column(
            row.getString("COLUMN_NAME"), type, row.getString("IS_NULLABLE").equals("YES"), values),
        row.getInt("ORDINAL_POSITION"),
        dataType,
        row.getString("CHARSET"),
        row.getString("COLLATION"),
        origin(extra),
        Optional.ofNullable(row.getString("GENERATION_EXPRESSION")).orElse(""),
        extra.contains("INVISIBLE"),
        hasDefault
            ? defaultValue(values, defaultText, extra.contains("DEFAULT_GENERATED"))
            : DefaultValue.Plain.NONE,
        defaultText);
  }

  /** Whether the column's type is none that is copied. */
  static boolean isUnknown(MySqlColumn column) {
    return column.column().values() == ValueType.Plain.OWN;
  }

  private static MySqlColumn.Origin origin(String extra) {
    if (extra.contains("VIRTUAL GENERATED")) {
      return MySqlColumn.Origin.VIRTUAL;
    }
    if (extra.contains("STORED GENERATED") || extra.contains("PERSISTENT")) {
      return MySqlColumn.Origin.STORED;
    }
    if (extra.contains("AUTO_INCREMENT")) {
      return MySqlColumn.Origin.AUTOMATIC;
    }
    return extra.contains("ON UPDATE") ? MySqlColumn.Origin.RENEWED : MySqlColumn.Origin.GIVEN;
  }

  private DefaultValue defaultValue(ValueType values, String text, boolean expression) {
    if (values.isRaw()) {
      return DefaultValue.Plain.NONE;
    }
    boolean moment = values instanceof ValueType.Timestamp || values == ValueType.Plain.DATE;
    if (moment && NOW.matcher(text).matches()) {
      return DefaultValue.Plain.CURRENT_TIMESTAMP;
    }
    Matcher bits = BITS.matcher(text);
    if (values instanceof ValueType.Bits type && bits.matches()) {
      String digits = new BigInteger("0" + bits.group(1), 2).toString(2);
      return new DefaultValue.Literal("0".repeat(type.length() - digits.length()) + digits);
    }
    return expression ? DefaultValue.Plain.NONE : literal(values, text);
  }

  private DefaultValue literal(ValueType values, String text) {
    String value = text;
    if (mariaDb) {
      if (text.startsWith("'") && text.endsWith("'") && text.length() > 1) {
        value = MySqlTypes.labels("(" + text + ")").get(0);
      } else if (!NUMBER.matcher(text).matches()) {
        return DefaultValue.Plain.NONE; // NULL, or an expression
      }
    }
    if (values instanceof ValueType.Real real) {
      value =
          real.bits() == 32
              ? Float.toString(Float.parseFloat(value))
              : Double.toString(Double.parseDouble(value));
    }
    return new DefaultValue.Literal(value);
  }
}
