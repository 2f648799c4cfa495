package io.tidemark.teeth;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** A JVM of its own that runs tests by their names and writes down why they failed. */
final class ForkedRun {

  static final int PASSED = 0;
  static final int FAILED = 3;

  /** Nothing ran, or it was not the tests themselves that failed. */
  static final int BROKEN = 4;

  private ForkedRun() {}

  /** Arguments: the file for the failures, then {@code class#method}s. */
  public static void main(String[] arguments) throws IOException {
    Listener listener;
    try (PrintWriter failures =
        new PrintWriter(Path.of(arguments[0]).toFile(), StandardCharsets.UTF_8)) {
      listener = new Listener(failures);
      LauncherDiscoveryRequest request =
          LauncherDiscoveryRequestBuilder.request()
              .selectors(Arrays.stream(arguments).skip(1).flatMap(ForkedRun::selectors).toList())
              .build();
      LauncherFactory.create().execute(request, listener);
    }
    // What a test left running must not keep this from ending.
    System.exit(
        listener.broken || listener.passed + listener.failed == 0
            ? BROKEN
            : listener.failed > 0 ? FAILED : PASSED);
  }

  /** A test with parameters is found by its name too. */
  private static Stream<? extends org.junit.platform.engine.DiscoverySelector> selectors(
      String test) {
    String[] parts = test.split("#", 2);
    try {
      Class<?> type = Class.forName(parts[0]);
      return methods(type)
          .filter(method -> method.getName().equals(parts[1]) && !method.isSynthetic())
          .map(method -> selectMethod(type, method));
    } catch (ClassNotFoundException e) {
      return Stream.of(DiscoverySelectors.selectClass(parts[0]));
    }
  }

  /** A class's own methods, and those of the scenarios that it runs. */
  static Stream<Method> methods(Class<?> type) {
    return Stream.<Class<?>>iterate(type, Objects::nonNull, Class::getSuperclass)
        .flatMap(declaring -> Arrays.stream(declaring.getDeclaredMethods()));
  }

  private static final class Listener implements TestExecutionListener {
    private final PrintWriter failures;
    private int passed;
    private int failed;
    private boolean broken;

    Listener(PrintWriter failures) {
      this.failures = failures;
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      boolean successful = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
      if (successful) {
        passed += test.isTest() ? 1 : 0;
        return;
      }
      failures.println(test.getDisplayName() + ": " + result.getStatus());
      result.getThrowable().ifPresent(failure -> failure.printStackTrace(failures));
      // A container is a class whose server did not start; a missing class is no answer either.
      boolean method = test.getSource().filter(MethodSource.class::isInstance).isPresent();
      boolean linkage = result.getThrowable().filter(LinkageError.class::isInstance).isPresent();
      if (!method || linkage || result.getStatus() == TestExecutionResult.Status.ABORTED) {
        broken = true;
      } else {
        failed++;
      }
    }
  }
}
