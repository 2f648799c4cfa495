package io.tidemark.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.schema.Column;
import io.tidemark.schema.Table;
import io.tidemark.schema.TableId;
import io.tidemark.settings.RecordedTerms.Names;
import io.tidemark.settings.RecordedTerms.Written;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecordedTermsTest {

  private static final TableId T = new TableId("a.\"b", "t\n=\\n");
  private static final TableId SHOP = new TableId("shop", "t");
  private static final Renaming RENAMING = new Renaming(Map.of(T, SHOP), Map.of());

  private static Table table(String... columns) {
    return new Table(
        T,
        List.of(columns).stream()
            .map(name -> new Column(name, name.equals("b") ? "tinyint(1)" : "int", true))
            .toList(),
        Optional.empty());
  }

  private static TableTerms terms(List<String> listed, String where, boolean booleans) {
    return TableTerms.of(
        table(listed.isEmpty() ? new String[] {"a", "b"} : listed.toArray(new String[0])),
        new Selection(
            List.of("*"),
            listed.isEmpty() ? Map.of() : Map.of(T, listed),
            where.isEmpty() ? Map.of() : Map.of(T, where),
            booleans),
        RENAMING);
  }

  private static Optional<String> refusal(TableTerms former, TableTerms now, Set<TableId> copied) {
    return new RecordedTerms(Map.of(T, former), Map.of(), Names.PLAIN)
        .refusal(Map.of(T, now), copied);
  }

  @Test
  void whatIsPrintedIsReadAgain() {
    for (TableTerms terms :
        List.of(
            terms(List.of(), "", false),
            terms(List.of("b", "a"), "x = '\\n'\r\nAND y\\\\ = 1\n-- end=", true))) {
      assertThat(TableTerms.parse(terms.print())).isEqualTo(terms);
      assertThat(TableTerms.parse(terms.print() + "later=more\n")).isEqualTo(terms);
    }
    assertThatThrownBy(() -> TableTerms.parse("source.schema=a\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("source.table");
    assertThatThrownBy(() -> TableTerms.parse("damaged"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aCopiedTableStaysUnderWhatItWasCopiedUnder() {
    TableTerms plain = terms(List.of(), "", false);
    assertThat(refusal(plain, terms(List.of(), "a > 1", false), Set.of(T)).orElseThrow())
        .contains("source.where (\"a > 1\", and was none)");
    assertThat(refusal(terms(List.of(), "a > 1", false), plain, Set.of(T)).orElseThrow())
        .contains("source.where (none, and was \"a > 1\")");
    assertThat(refusal(plain, terms(List.of("a"), "", false), Set.of(T)).orElseThrow())
        .contains("source.columns (a travel, and all: a, b did)");
    assertThat(refusal(plain, terms(List.of(), "", true), Set.of(T)).orElseThrow())
        .contains("source.tinyint1 (boolean, and was number)");
    TableTerms elsewhere =
        new TableTerms(T, T, plain.columns(), plain.listed(), plain.where(), plain.booleans());
    assertThat(refusal(plain, elsewhere, Set.of(T)).orElseThrow())
        .contains("rename (the target's table is " + T + " and was shop.t)");

    assertThat(refusal(plain, plain, Set.of(T))).isEmpty();
    assertThat(refusal(plain, terms(List.of("b", "a"), "", false), Set.of(T))).isEmpty();
    assertThat(refusal(plain, terms(List.of("a"), "a > 1", true), Set.of())).isEmpty();
  }

  /** Of columns that the source has got since, the source tells; but not once they were listed. */
  @Test
  void columnsThatWereAddedSinceCanBeLeftOutAndStayOut() {
    TableTerms first = terms(List.of(), "", false);
    TableTerms wider =
        TableTerms.of(
            table("a", "b", "c"), new Selection(List.of("*"), Map.of(), Map.of()), RENAMING);
    TableTerms listed = terms(List.of("a", "b"), "", false);
    assertThat(refusal(first, wider, Set.of(T))).isEmpty();
    RecordedTerms recorded = new RecordedTerms(Map.of(T, first), Map.of(), Names.PLAIN);
    TableTerms kept = recorded.recordedWith(Map.of(T, wider), Set.of(T)).get(T);
    assertThat(kept.columns()).containsExactly("a", "b");
    assertThat(refusal(kept, listed, Set.of(T))).isEmpty();
    TableTerms keptListed =
        new RecordedTerms(Map.of(T, kept), Map.of(), Names.PLAIN)
            .recordedWith(Map.of(T, listed), Set.of(T))
            .get(T);
    assertThat(refusal(keptListed, wider, Set.of(T))).isPresent();
  }

  private static Optional<String> besides(Set<TableId> tables, boolean supposed, Names names) {
    return new RecordedTerms(Map.of(), Map.of("first", new Written(tables, supposed)), names)
        .refusal(Map.of(T, terms(List.of(), "a > 1", false)), Set.of());
  }

  @Test
  void aTableIsWrittenByOneStream() {
    assertThat(besides(Set.of(SHOP), false, Names.PLAIN).orElseThrow())
        .contains("table shop.t of the target is written by stream first too, and no row");
    Set<TableId> upper = Set.of(new TableId("SHOP", "T"));
    assertThat(besides(upper, false, Names.PLAIN)).isEmpty();
    assertThat(besides(upper, false, new Names(true, Map.of()))).isPresent();
  }

  @Test
  void aPartIsWrittenByWhoeverWritesTheWhole() {
    TableId other = new TableId("shop", "other");
    assertThat(besides(Set.of(other), false, new Names(false, Map.of(SHOP, Set.of(other)))))
        .hasValueSatisfying(
            said -> assertThat(said).contains("first too, as a part of table shop.other"));
    assertThat(besides(Set.of(other), false, new Names(false, Map.of(other, Set.of(SHOP)))))
        .hasValueSatisfying(
            said -> assertThat(said).contains("first too, as far as its part shop.other goes"));
    TableId root = new TableId("shop", "root");
    assertThat(
            besides(
                Set.of(other),
                false,
                new Names(false, Map.of(SHOP, Set.of(root), other, Set.of(root)))))
        .isEmpty();
  }

  @Test
  void namesOfAStreamOfAnOlderTidemarkAreThoseAtItsSource() {
    assertThat(besides(Set.of(SHOP), true, Names.PLAIN).orElseThrow())
        .contains("stream first, which an older Tidemark began, copies a table shop.t")
        .contains("start the job of first once with this Tidemark");
    assertThat(besides(Set.of(T), true, Names.PLAIN)).isEmpty();
  }
}
