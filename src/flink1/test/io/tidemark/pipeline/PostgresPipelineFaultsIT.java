package io.tidemark.pipeline;

import io.tidemark.lab.Postgres;
import io.tidemark.lab.PostgresServer;
import io.tidemark.lab.Server;

/** Where a checkpoint is one transaction. */
class PostgresPipelineFaultsIT extends PipelineSinkFaults {

  @Postgres private static PostgresServer server;

  @Override
  Server server() {
    return server;
  }

  @Override
  int faults() {
    return 2;
  }
}
