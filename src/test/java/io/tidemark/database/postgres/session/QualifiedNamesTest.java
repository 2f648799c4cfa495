package io.tidemark.database.postgres.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.schema.TableId;
import org.junit.jupiter.api.Test;

/** Only qualified names are rewritten, wherever the server writes them. */
class QualifiedNamesTest {

  @Test
  void namesOfTypesFunctionsAndTablesAreRewritten() {
    assertThat(renamed("'G'::shop.rating")).isEqualTo("'G'::\"new\".\"rating\"");
    assertThat(renamed("shop.f(a, shop.\"G G\"(b))"))
        .isEqualTo("\"new\".\"f\"(a, \"new\".\"G G\"(b))");
    assertThat(renamed("FOREIGN KEY (a) REFERENCES shop.t(id)"))
        .isEqualTo("FOREIGN KEY (a) REFERENCES \"new\".\"t\"(id)");
    assertThat(renamed("(h OPERATOR(shop.->) 'a'::text)"))
        .isEqualTo("(h OPERATOR(\"new\".->) 'a'::text)");
  }

  @Test
  void namesInsideRegclassLiteralsAreRewritten() {
    assertThat(renamed("nextval('shop.s'::regclass)"))
        .isEqualTo("nextval('\"new\".\"s\"'::regclass)");
    assertThat(renamed("nextval('shop.\"it''s\"'::regclass)"))
        .isEqualTo("nextval('\"new\".\"it''s\"'::regclass)");
  }

  @Test
  void textNumbersAndFieldsAreLeftAlone() {
    for (String sql :
        new String[] {
          "'shop.t'::text",
          "E'shop.t \\'' || 'shop.t'",
          "1.5",
          "1e5",
          "(c).shop",
          "shop",
          "\"shop.t\""
        }) {
      assertThat(renamed(sql)).isEqualTo(sql);
    }
  }

  private static String renamed(String sql) {
    return QualifiedNames.rewrite(
        sql, name -> name.schema().equals("shop") ? new TableId("new", name.name()) : name);
  }
}
