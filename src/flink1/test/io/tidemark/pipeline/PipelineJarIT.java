package io.tidemark.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.endtoend.fixture.BuiltJars;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import org.apache.flink.cdc.common.factories.Factory;
import org.junit.jupiter.api.Test;

/**
 * What a Flink CDC finds in the jars, which have nothing of it. Runs after they have been built.
 */
class PipelineJarIT {

  @Test
  void aFlinkCdcFindsTheConnectorsInEachJar() throws IOException {
    for (Path jar : List.of(BuiltJars.forFlinkRun(), BuiltJars.forLib())) {
      try (URLClassLoader alone =
              new URLClassLoader(
                  new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
          URLClassLoader withFlinkCdc = new OnTopOf(jar, Factory.class.getClassLoader())) {
        assertThat(alone.getResource("org/apache/flink/cdc/common/factories/Factory.class"))
            .as("Flink CDC's classes in %s", jar)
            .isNull();
        assertThat(ServiceLoader.load(Factory.class, withFlinkCdc).stream())
            .filteredOn(found -> found.type().getClassLoader() == withFlinkCdc)
            .extracting(found -> found.get().identifier())
            .containsExactlyInAnyOrder(
                "tidemark-mysql", "tidemark-postgres", TidemarkDataSinkFactory.IDENTIFIER);
      }
    }
  }

  /** Has the jar's own of our classes, and all others from where they are. */
  private static final class OnTopOf extends URLClassLoader {

    OnTopOf(Path jar, ClassLoader others) throws IOException {
      super(new URL[] {jar.toUri().toURL()}, others);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        if (!name.startsWith("io.tidemark.")) {
          return super.loadClass(name, resolve);
        }
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }
  }
}
