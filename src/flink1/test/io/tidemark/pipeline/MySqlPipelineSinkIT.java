package io.tidemark.pipeline;

import io.tidemark.lab.MySql;
import io.tidemark.lab.MySqlServer;
import io.tidemark.lab.Server;

class MySqlPipelineSinkIT extends PipelineSinkContract {

  @MySql private static MySqlServer server;

  @Override
  Server server() {
    return server;
  }

  @Override
  String timestampType() {
    return "datetime";
  }
}
