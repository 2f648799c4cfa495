package io.tidemark.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.table.api.ValidationException;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class TidemarkDataSinkFactoryTest {

  private static final Map<String, String> GOOD =
      Map.of("url", "jdbc:postgresql://db2:5432/shop", "username", "tidemark");

  private static Map<String, String> with(String name, String value) {
    Map<String, String> options = new HashMap<>(GOOD);
    options.put(name, value);
    return options;
  }

  @Test
  void theDocumentedPipelineIsTaken() throws Exception {
    String page = Files.readString(Path.of("docs/pipelines.md"));
    String yaml = page.split("```yaml\n", 2)[1].split("```", 2)[0];
    Map<?, ?> pipeline = (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(yaml);
    Map<String, String> options = new HashMap<>();
    ((Map<?, ?>) pipeline.get("sink"))
        .forEach((name, value) -> options.put(name.toString(), value.toString()));
    assertThat(options.remove("type")).isEqualTo(TidemarkDataSinkFactory.IDENTIFIER);
    assertThat(ComposedPipeline.sink(options)).isInstanceOf(TidemarkDataSink.class);
  }

  @Test
  void everyOptionIsDocumented() throws Exception {
    String page = Files.readString(Path.of("docs/pipelines.md"));
    TidemarkDataSinkFactory factory = new TidemarkDataSinkFactory();
    Arrays.asList(factory.requiredOptions(), factory.optionalOptions())
        .forEach(
            options ->
                options.forEach(option -> assertThat(page).contains("`" + option.key() + "`")));
  }

  @Test
  void whatIsWrongIsSaid() {
    assertThatThrownBy(() -> ComposedPipeline.sink(Map.of("username", "tidemark")))
        .isInstanceOf(ValidationException.class)
        .hasMessageContaining("url");
    assertThatThrownBy(() -> ComposedPipeline.sink(with("table-name", "t")))
        .isInstanceOf(ValidationException.class)
        .hasMessageContaining("table-name");
    assertThatThrownBy(() -> ComposedPipeline.sink(with("url", "jdbc:oracle:thin:@db")))
        .isInstanceOf(ValidationException.class)
        .hasMessageContaining("supported are PostgreSQL");
    assertThatThrownBy(() -> ComposedPipeline.sink(with("sink.name", "x".repeat(191))))
        .isInstanceOf(ValidationException.class)
        .hasMessageContaining("sink.name must have 1 to 190 characters");
  }
}
