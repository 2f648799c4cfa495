package io.tidemark.database.mysql;

import io.tidemark.cli.demo.Flavour;

/** A MariaDB source. */
class MariaDbSourceIT extends SourceContract {

  MariaDbSourceIT() {
    super(Flavour.MARIADB);
  }
}
