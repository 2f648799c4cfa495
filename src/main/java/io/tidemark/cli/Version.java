package io.tidemark.cli;

import java.util.Optional;
import org.apache.flink.runtime.util.EnvironmentInformation;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    String version =
        Optional.ofNullable(Main.class.getPackage().getImplementationVersion()).orElse("0.1.0");
    return new String[] {
      "tidemark " + version,
      "Flink " + EnvironmentInformation.getVersion() + ", Java " + Runtime.version()
    };
  }
}
