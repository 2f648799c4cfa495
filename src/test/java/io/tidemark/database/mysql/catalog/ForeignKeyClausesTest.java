package io.tidemark.database.mysql.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.database.PortableSchema.Action;
import io.tidemark.database.PortableSchema.ForeignKey;
import io.tidemark.schema.TableId;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForeignKeyClausesTest {

  @Test
  void readsNamesColumnsAndRules() {
    assertThat(
            ForeignKeyClauses.of(
                new TableId("shop", "t"),
                """
                CREATE TABLE `t` (
                  `a` int DEFAULT NULL COMMENT 'CONSTRAINT `no` FOREIGN KEY (`a`) REFERENCES `x` (`y`)',
                  KEY `a` (`a`,`b``c`),
                  CONSTRAINT `one``two` FOREIGN KEY (`a`, `b``c`) REFERENCES `other`.`p` (`x`, `y`) ON DELETE SET NULL ON UPDATE CASCADE,
                  CONSTRAINT `plain` FOREIGN KEY (`a`) REFERENCES `t` (`id`)
                ) ENGINE=InnoDB
                """))
        .containsExactly(
            new ForeignKey(
                "one`two",
                List.of("a", "b`c"),
                new TableId("other", "p"),
                List.of("x", "y"),
                Action.CASCADE,
                Action.SET_NULL),
            new ForeignKey(
                "plain",
                List.of("a"),
                new TableId("shop", "t"),
                List.of("id"),
                Action.NO_ACTION,
                Action.NO_ACTION));
  }
}
