package io.tidemark.database.postgres.check;

import io.tidemark.database.postgres.catalog.PostgresSchemaDescription.UserType;
import io.tidemark.database.postgres.ddl.TargetCatalog;
import io.tidemark.database.postgres.ddl.TargetNames;
import io.tidemark.database.postgres.session.Identifiers;
import io.tidemark.database.postgres.session.QualifiedNames;
import io.tidemark.database.shared.Findings;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether a type that is there under the name of one of the source's stores the same: a domain over
 * {@code numeric(10,0)}, or a row with such an attribute, would round what comes from one over
 * {@code numeric(10,2)} without a word.
 */
final class UserTypeCheck {

  /**
   * What may follow the type below a domain or an attribute, and does not change what it stores.
   */
  private static final List<String> CLAUSES =
      List.of("", " COLLATE ", " DEFAULT ", " NOT NULL", " CONSTRAINT ", ", ");

  private final TargetNames names;
  private final Findings findings;

  UserTypeCheck(TargetNames names, Findings findings) {
    this.names = names;
    this.findings = findings;
  }

  /** Adds an error if they differ; labels are compared elsewhere. */
  void check(UserType wanted, TargetCatalog.Type there) {
    List<String> parts = new ArrayList<>();
    String kind;
    if (wanted instanceof UserType.DomainType domain) {
      kind = "d";
      parts.add(domain.clauses());
    } else if (wanted instanceof UserType.CompositeType composite) {
      kind = "c";
      parts.addAll(composite.attributes());
    } else if (wanted instanceof UserType.RangeType range) {
      kind = "r";
      parts.add(range.options().replaceFirst("^SUBTYPE = ", ""));
    } else {
      kind = "e";
    }
    if (!there.kind().equals(kind)) {
      differs(there, "is there as another kind of type than at the source");
    } else if (!same(parts, there.parts())) {
      differs(there, "is there as one of " + there.parts() + ", the source has " + parts);
    }
  }

  private boolean same(List<String> wanted, List<String> there) {
    boolean same = wanted.size() == there.size();
    for (int i = 0; same && i < wanted.size(); i++) {
      String mine = QualifiedNames.canonical(names.sql(wanted.get(i)));
      String other = QualifiedNames.canonical(there.get(i));
      same = mine.startsWith(other) && isClause(mine.substring(other.length()));
    }
    return same;
  }

  private static boolean isClause(String rest) {
    return CLAUSES.stream()
        .anyMatch(clause -> clause.isEmpty() ? rest.isEmpty() : rest.startsWith(clause));
  }

  private void differs(TargetCatalog.Type there, String problem) {
    findings.error(
        Findings.TARGET,
        "type " + there.id() + " " + problem,
        "make the two alike, or move the copy elsewhere with rename.schemas; "
            + Identifiers.quote(there.id())
            + " is made as the source has it where it is missing");
  }
}
