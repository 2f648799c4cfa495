package io.tidemark.database.postgres.check;

import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.TableDefinition;
import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.UserType.EnumType;
import io.tidemark.database.postgres.ddl.TargetNames;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.QualifiedNames;
import io.tidemark.schema.TableId;
import java.util.List;
import java.util.stream.Collectors;

/** What to do about an enumeration of the target's that has other labels than the source's. */
final class EnumLabels {

  private EnumLabels() {}

  /**
   * Labels can be added at the end. None can be taken away, and one that was renamed at the source
   * may be in rows that were copied under its former name.
   *
   * @param tables those that are copied
   * @param there the labels at the target
   */
  static String advice(
      TargetNames names, List<TableDefinition> tables, EnumType wanted, List<String> there) {
    String name = names.quoted(wanted.id());
    List<String> labels = wanted.labels();
    if (labels.size() > there.size() && labels.subList(0, there.size()).equals(there)) {
      return labels.subList(there.size(), labels.size()).stream()
          .map(label -> "ALTER TYPE " + name + " ADD VALUE " + Identifiers.literal(label))
          .collect(Collectors.joining("; "));
    }
    String users =
        tables.stream()
            .filter(table -> !table.partition() && uses(table, wanted.id()))
            .map(table -> names.quoted(table.id()))
            .collect(Collectors.joining(", "));
    return "drop the stream with ./tidemark drop, if there is one; then, at the target: "
        + (users.isEmpty() ? "" : "DROP TABLE " + users + "; ")
        + "DROP TYPE "
        + name
        + "; and start again: both are made anew, and copied again";
  }

  private static boolean uses(TableDefinition table, TableId type) {
    String name = QualifiedNames.canonical(Identifiers.quote(type));
    return table.columns().stream()
        .map(column -> QualifiedNames.canonical(column.type().replaceFirst("\\[\\]$", "")))
        .anyMatch(name::equals);
  }
}
