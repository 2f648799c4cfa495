package io.tidemark.database.mysql.write;

import io.tidemark.change.Row;
import io.tidemark.database.mysql.session.ByteText;
import io.tidemark.database.mysql.session.Flavour;
import io.tidemark.database.mysql.session.Identifiers;
import java.util.BitSet;
import java.util.List;

/** Composes the statements on one table of the target. Used by one thread. */
final class TableSql {

  private final TargetTable target;
  private final Flavour flavour;
  private final int[] key;

  TableSql(TargetTable target, Flavour flavour) {
    this.target = target;
    this.flavour = flavour;
    this.key = target.keyFields();
  }

  /** Up to the first row of an insert. */
  void insert(boolean ignore, ByteText sql) {
    sql.add(ignore ? "INSERT IGNORE INTO " : "INSERT INTO ")
        .add(target.name())
        .add(" (")
        .add(target.allColumns())
        .add(") VALUES ");
  }

  /** One row of an insert. */
  void values(Row row, ByteText sql) {
    for (int field = 0; field < row.size(); field++) {
      sql.add(field == 0 ? '(' : ',');
      target.literal(row, field, sql);
    }
    sql.add(')');
  }

  /**
   * Behind the rows of an insert, all of which are there: then it changes them.
   *
   * <p>InnoDB inserts into the primary key first, so that the duplicate it meets is the row of that
   * key, whatever other unique keys there are; those are checked when that row is changed.
   */
  void changeInstead(ByteText sql) {
    // MySQL deprecates VALUES(), MariaDB does not have the alias.
    boolean alias = flavour == Flavour.MYSQL;
    sql.add(alias ? " AS tidemark_new ON DUPLICATE KEY UPDATE " : " ON DUPLICATE KEY UPDATE ");
    String separator = "";
    for (int field : target.otherFields()) {
      String name = target.fields().get(field).name();
      sql.add(separator).add(name).add(" = ");
      sql.add(alias ? "tidemark_new." + name : "VALUES(" + name + ")");
      separator = ", ";
    }
  }

  /**
   * Up to the first key. The optimizer must not prefer to read the whole table, for which it has
   * its reasons right after the copy, when there are no statistics.
   */
  void deleteByKeys(ByteText sql) {
    sql.add("DELETE FROM ").add(target.name()).add(" USING ");
    source(sql);
  }

  void countByKeys(ByteText sql) {
    sql.add("SELECT COUNT(*) FROM ");
    source(sql);
  }

  private void source(ByteText sql) {
    sql.add(target.name())
        .add(" FORCE INDEX (")
        .add(Identifiers.quote(target.keyIndex()))
        .add(") WHERE ");
    if (key.length == 1) {
      sql.add(target.fields().get(key[0]).name()).add(" IN (");
    }
  }

  /** One key of the list. Several columns are not compared as a row: no index would serve that. */
  void key(Row row, boolean first, ByteText sql) {
    if (key.length == 1) {
      if (!first) {
        sql.add(',');
      }
      target.literal(row, key[0], sql);
    } else {
      sql.add(first ? "(" : " OR (");
      keyEquals(row, sql);
      sql.add(')');
    }
  }

  void endKeys(ByteText sql) {
    if (key.length == 1) {
      sql.add(')');
    }
  }

  /** The condition on one row of a table with key. */
  private void keyEquals(Row row, ByteText sql) {
    String separator = "";
    for (int field : key) {
      sql.add(separator).add(target.fields().get(field).name()).add(" = ");
      target.literal(row, field, sql);
      separator = " AND ";
    }
  }

  /**
   * @param found has the key, or all old values where there is none
   * @param assigned the fields to set; not empty
   */
  void update(boolean ignore, Row found, Row row, BitSet assigned, ByteText sql) {
    sql.add(ignore ? "UPDATE IGNORE " : "UPDATE ").add(target.name()).add(" SET ");
    String separator = "";
    for (int field = assigned.nextSetBit(0); field >= 0; field = assigned.nextSetBit(field + 1)) {
      sql.add(separator).add(target.fields().get(field).name()).add(" = ");
      target.literal(row, field, sql);
      separator = ", ";
    }
    for (int field : target.keptBesides(assigned)) {
      String name = target.fields().get(field).name();
      sql.add(separator).add(name).add(" = ").add(name);
    }
    where(found, sql);
  }

  void delete(Row found, ByteText sql) {
    sql.add("DELETE FROM ").add(target.name());
    where(found, sql);
  }

  /** Of the row that an update finds: it changes nothing of it, but it must be there. */
  void find(Row found, ByteText sql) {
    sql.add("SELECT 1 FROM ").add(target.name());
    where(found, sql);
    sql.add(" FOR UPDATE");
  }

  /** Fields of the row that has a key. */
  void select(String fields, Row named, ByteText sql) {
    sql.add("SELECT ").add(fields).add(" FROM ").add(target.name()).add(" WHERE ");
    keyEquals(named, sql);
  }

  /** The condition on the row that is found, or on one of those that are the same. */
  void where(Row found, ByteText sql) {
    sql.add(" WHERE ");
    if (key.length > 0) {
      keyEquals(found, sql);
      return;
    }
    String separator = "";
    for (int field = 0; field < found.size(); field++) {
      if (found.isPresent(field)) {
        sql.add(separator);
        if (target.isNullInstead(found, field)) {
          sql.add(target.fields().get(field).name()).add(" IS NULL");
        } else {
          target.fields().get(field).equality(found, field, flavour, sql);
        }
        separator = " AND ";
      }
    }
    // Equal rows are as good as each other.
    sql.add(" LIMIT 1");
  }

  /** LOAD DATA from the client; the server's file system is not touched. */
  String load() {
    StringBuilder columns = new StringBuilder();
    StringBuilder set = new StringBuilder();
    List<FieldEncoding> fields = target.fields();
    for (int field = 0; field < fields.size(); field++) {
      FieldEncoding encoding = fields.get(field);
      columns.append(field == 0 ? "" : ", ");
      if (encoding.isLoadedThroughVariable()) {
        String variable = "@tidemark_" + field;
        columns.append(variable);
        set.append(set.length() == 0 ? " SET " : ", ")
            .append(encoding.name())
            .append(" = ")
            .append(encoding.loaded(variable));
      } else {
        columns.append(encoding.name());
      }
    }
    return "LOAD DATA LOCAL INFILE 'tidemark' INTO TABLE "
        + target.name()
        + " CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\'"
        + " LINES TERMINATED BY '\\n' ("
        + columns
        + ")"
        + set;
  }

  /** One line of LOAD DATA's input. */
  void line(Row row, ByteText line) {
    for (int field = 0; field < row.size(); field++) {
      if (field > 0) {
        line.add('\t');
      }
      if (row.isNull(field) || target.isNullInstead(row, field)) {
        line.add('\\').add('N');
      } else {
        target.fields().get(field).field(row, field, line);
      }
    }
    line.add('\n');
  }
}
