package io.tidemark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.tidemark.schema.TableId;
import org.junit.jupiter.api.Test;

/** Which room may know which, and which libraries stay in which room. */
class ArchitectureTest {

  /** The product's classes, from where they were compiled to; none of the tests'. */
  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .importUrl(TableId.class.getProtectionDomain().getCodeSource().getLocation());

  @Test
  void theProductIsLookedAt() {
    assertThat(PRODUCT).hasSizeGreaterThan(200);
    assertThat(PRODUCT.contain(TableId.class)).isTrue();
  }

  @Test
  void roomsHaveNoCycles() {
    check(slices().matching("io.tidemark.(**)").should().beFreeOfCycles());
  }

  @Test
  void schemaKnowsNothing() {
    check(mayKnow("schema"));
  }

  @Test
  void changeKnowsSchema() {
    check(mayKnow("change", "schema"));
  }

  @Test
  void databaseIsInterfacesOverSchemaAndChange() {
    check(mayKnow("database", "schema", "change"));
  }

  @Test
  void protocolKnowsOnlyTheInterfaces() {
    check(mayKnow("protocol", "schema", "change", "database"));
  }

  @Test
  void sinkKnowsOnlyItsDecisionsAndTheInterfaces() {
    check(mayKnow("sink", "schema", "change", "database", "apply"));
  }

  @Test
  void sourceKnowsOnlyProtocolAndTheInterfaces() {
    check(mayKnow("source", "schema", "change", "database", "protocol"));
  }

  @Test
  void whatTheSinkDecidesKnowsOnlyTheInterfaces() {
    check(mayKnow("apply", "schema", "change", "database"));
  }

  @Test
  void verifyKnowsOnlyTheInterfaces() {
    check(mayKnow("verify", "schema", "change", "database"));
  }

  /** What decides is tried by the simulation: nothing in it may depend on when or where it runs. */
  @Test
  void whatDecidesIsPure() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage("io.tidemark.protocol..", "io.tidemark.apply..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.apache.flink..",
                "java.sql..",
                "java.net..",
                "java.nio..",
                "java.util.concurrent..")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(java.time.Instant.class, "now"));
  }

  @Test
  void simulationKnowsOnlyWhatDecidesAndTheInterfaces() {
    check(mayKnow("simulation", "schema", "change", "database", "protocol", "apply"));
  }

  @Test
  void vendorFoldersKnowOnlyTheInterfaces() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.tidemark.database.(*)..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.tidemark.protocol..",
                "io.tidemark.apply..",
                "io.tidemark.source..",
                "io.tidemark.sink..",
                "io.tidemark.job..",
                "io.tidemark.verify..",
                "io.tidemark.cli.."));
  }

  @Test
  void vendorFoldersDoNotKnowEachOther() {
    check(
        slices()
            .matching("io.tidemark.database.(*)..")
            .should()
            .notDependOnEachOther()
            .allowEmptyShould(true));
  }

  @Test
  void onePlacePicksAVendor() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.tidemark.database.(*)..")
            .and()
            .doNotHaveFullyQualifiedName("io.tidemark.job.Databases")
            .and()
            .haveNameNotMatching("io\\.tidemark\\.job\\.Databases\\$.*")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.tidemark.database.(*).."));
  }

  @Test
  void nobodyKnowsTheCommandLine() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.tidemark.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.tidemark.cli.."));
  }

  @Test
  void flinkStaysInItsRooms() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "io.tidemark.source..",
                "io.tidemark.sink..",
                "io.tidemark.job..",
                "io.tidemark.table..",
                "io.tidemark.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.flink.."));
  }

  @Test
  void jdbcStaysAtTheEdges() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "io.tidemark.database..",
                "io.tidemark.sink..",
                "io.tidemark.cutover..",
                "io.tidemark.cli.demo..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "javax.sql.."));
  }

  @Test
  void driversStayInTheVendorFolders() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("io.tidemark.database.(*)..", "io.tidemark.cli.demo..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.postgresql.."));
  }

  @Test
  void namesSayWhatAClassIs() {
    check(noClasses().should().haveNameMatching(".*(Utils?|Helper|Manager|Common|Impl)"));
  }

  private static void check(ArchRule rule) {
    rule.check(PRODUCT);
  }

  private static ArchRule mayKnow(String room, String... others) {
    String[] allowed = new String[others.length + 8];
    System.arraycopy(others, 0, allowed, 0, others.length);
    for (int i = 0; i < others.length; i++) {
      allowed[i] = "io.tidemark." + others[i];
    }
    String[] libraries = {
      "io.tidemark." + room + "..",
      "java..",
      "javax..",
      "org.apache.flink..",
      "org.jspecify..",
      "org.slf4j..",
      "com.google.errorprone..",
      ""
    };
    System.arraycopy(libraries, 0, allowed, others.length, libraries.length);
    String self = room.equals("database") ? "io.tidemark.database" : "io.tidemark." + room + "..";
    return classes()
        .that()
        .resideInAPackage(self)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(allowed)
        .allowEmptyShould(true);
  }
}
