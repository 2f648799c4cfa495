package io.tidemark.database.mysql;

import io.tidemark.cli.demo.Flavour;

/** A MySQL source. */
class MySqlSourceIT extends SourceContract {

  MySqlSourceIT() {
    super(Flavour.MYSQL);
  }
}
