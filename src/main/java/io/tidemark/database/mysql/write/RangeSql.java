package io.tidemark.database.mysql.write;

import io.tidemark.change.Key;
import io.tidemark.change.KeyRange;
import io.tidemark.change.Row;
import io.tidemark.database.DatabaseException;
import io.tidemark.database.mysql.catalog.MySqlColumn;
import io.tidemark.database.mysql.session.ByteText;
import io.tidemark.database.mysql.session.Flavour;
import io.tidemark.database.shared.KeyComparison;
import io.tidemark.schema.Column;
import io.tidemark.schema.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** Composes statements on the rows of a key range. */
final class RangeSql {

  private final TargetTable target;
  private final int[] key;

  RangeSql(TargetTable target) {
    this.target = target;
    this.key = target.keyFields();
  }

  /**
   * Deletes the rows of a range.
   *
   * @param spared keys whose rows stay
   * @throws DatabaseException fatal, if this server may order the keys otherwise than the source
   */
  void delete(KeyRange range, List<Key> spared, ByteText sql) {
    sql.add("DELETE FROM ").add(target.name()).add(" WHERE ");
    if (range instanceof KeyRange.Points points) {
      String before = "((";
      for (Key key : points.keys()) {
        sql.add(before);
        equal(key, sql);
        before = ") OR (";
      }
      sql.add("))");
    } else if (range instanceof KeyRange.Between between) {
      if (between.from().isPresent() || between.to().isPresent()) {
        requireSharedOrder();
      }
      sql.add("TRUE");
      between.from().ifPresent(from -> bound(from, " > ", " >= ", sql));
      between.to().ifPresent(to -> bound(to, " < ", " < ", sql));
    }
    for (Key kept : spared) {
      sql.add(" AND NOT (");
      equal(kept, sql);
      sql.add(')');
    }
  }

  /** {@code (a > x OR (a = x AND (b > y OR (b = y AND c >= z))))}. */
  private void bound(Key bound, String beyond, String last, ByteText sql) {
    Row row = row(bound);
    sql.add(" AND ");
    for (int part = 0; part < key.length - 1; part++) {
      sql.add('(').add(name(part)).add(beyond);
      target.literal(row, key[part], sql);
      sql.add(" OR (").add(name(part)).add(" = ");
      target.literal(row, key[part], sql);
      sql.add(" AND ");
    }
    sql.add(name(key.length - 1)).add(last);
    target.literal(row, key[key.length - 1], sql);
    sql.add("))".repeat(key.length - 1));
  }

  private void equal(Key wanted, ByteText sql) {
    Row row = row(wanted);
    for (int part = 0; part < key.length; part++) {
      sql.add(part == 0 ? "" : " AND ").add(name(part)).add(" = ");
      target.literal(row, key[part], sql);
    }
  }

  private String name(int part) {
    return target.fields().get(key[part]).name();
  }

  /** A row that has nothing but the key. */
  private Row row(Key wanted) {
    byte[][] values = new byte[key.length][];
    int total = 0;
    for (int part = 0; part < key.length; part++) {
      Column column = target.table().columns().get(key[part]);
      String value = wanted.values().get(part);
      values[part] =
          column.values().isRaw()
              ? HexFormat.of().parseHex(value)
              : value.getBytes(StandardCharsets.UTF_8);
      total += values[part].length;
    }
    byte[] bytes = new byte[total];
    Row.Builder row = Row.builder(bytes, target.fields().size());
    int offset = 0;
    for (int part = 0; part < key.length; part++) {
      System.arraycopy(values[part], 0, bytes, offset, values[part].length);
      row.setValue(key[part], offset, values[part].length);
      offset += values[part].length;
    }
    return row.build();
  }

  /**
   * Numbers, times and bytes have one order everywhere, where they are stored as such. Text has the
   * order of its collation, which is known to be the source's only if the source is of this family
   * and has the same type; and not if it is the one that is made for any other source's.
   */
  private void requireSharedOrder() {
    for (int field : key) {
      Column source = target.table().columns().get(field);
      MySqlColumn here = target.fields().get(field).column();
      boolean one =
          source.values() instanceof ValueType.Text
              ? source.type().equals(here.column().type())
                  && !here.collation().equals(FieldEncoding.exactCollation(Flavour.MYSQL))
                  && !here.collation().equals(FieldEncoding.exactCollation(Flavour.MARIADB))
              : (source.values() instanceof ValueType.Bits
                      || !(here.column().values() instanceof ValueType.Text))
                  && !(source.values() instanceof ValueType.Enumeration)
                  && !(source.values() instanceof ValueType.LabelSet)
                  && source.values() != ValueType.Plain.UUID;
      if (!one) {
        throw KeyComparison.otherOrder(target.id(), source);
      }
    }
  }
}
