package io.tidemark.pipeline;

import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Server;

/** Where each change of a table commits what was written before it. */
class MySqlPipelineFaultsIT extends PipelineSinkFaults {

  @MySql private static MySqlServer server;

  @Override
  Server server() {
    return server;
  }

  @Override
  int faults() {
    return 4;
  }
}
