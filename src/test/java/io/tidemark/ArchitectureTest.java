package io.tidemark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which room may know which, and which libraries stay in which room. */
@AnalyzeClasses(packages = "io.tidemark", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule ROOMS_HAVE_NO_CYCLES =
      slices().matching("io.tidemark.(**)").should().beFreeOfCycles();

  @ArchTest static final ArchRule SCHEMA_KNOWS_NOTHING = mayKnow("schema");

  @ArchTest static final ArchRule CHANGE_KNOWS_SCHEMA = mayKnow("change", "schema");

  @ArchTest
  static final ArchRule DATABASE_IS_INTERFACES_OVER_SCHEMA_AND_CHANGE =
      mayKnow("database", "schema", "change");

  @ArchTest
  static final ArchRule PROTOCOL_KNOWS_ONLY_THE_INTERFACES =
      mayKnow("protocol", "schema", "change", "database");

  @ArchTest
  static final ArchRule SINK_KNOWS_ONLY_THE_INTERFACES =
      mayKnow("sink", "schema", "change", "database");

  @ArchTest
  static final ArchRule SOURCE_KNOWS_ONLY_PROTOCOL_AND_THE_INTERFACES =
      mayKnow("source", "schema", "change", "database", "protocol");

  @ArchTest
  static final ArchRule SIMULATION_KNOWS_ONLY_PROTOCOL_AND_THE_INTERFACES =
      mayKnow("simulation", "schema", "change", "database", "protocol");

  @ArchTest
  static final ArchRule VENDOR_FOLDERS_KNOW_ONLY_THE_INTERFACES =
      noClasses()
          .that()
          .resideInAPackage("io.tidemark.database.(*)..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.tidemark.protocol..",
              "io.tidemark.source..",
              "io.tidemark.sink..",
              "io.tidemark.job..",
              "io.tidemark.verify..",
              "io.tidemark.cli..");

  @ArchTest
  static final ArchRule VENDOR_FOLDERS_DO_NOT_KNOW_EACH_OTHER =
      slices()
          .matching("io.tidemark.database.(*)..")
          .should()
          .notDependOnEachOther()
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule ONE_PLACE_PICKS_A_VENDOR =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.tidemark.database.(*)..")
          .and()
          .doNotHaveFullyQualifiedName("io.tidemark.job.Databases")
          .and()
          .haveNameNotMatching("io\\.tidemark\\.job\\.Databases\\$.*")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.tidemark.database.(*)..");

  @ArchTest
  static final ArchRule NOBODY_KNOWS_THE_COMMAND_LINE =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.tidemark.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.tidemark.cli..");

  @ArchTest
  static final ArchRule FLINK_STAYS_IN_ITS_ROOMS =
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
          .resideInAPackage("org.apache.flink..");

  @ArchTest
  static final ArchRule JDBC_STAYS_AT_THE_EDGES =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.tidemark.database..",
              "io.tidemark.sink..",
              "io.tidemark.verify..",
              "io.tidemark.cutover..",
              "io.tidemark.cli.demo..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "javax.sql..");

  @ArchTest
  static final ArchRule DRIVERS_STAY_IN_THE_VENDOR_FOLDERS =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.tidemark.database.(*)..", "io.tidemark.verify..", "io.tidemark.cli.demo..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.postgresql..");

  @ArchTest
  static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS =
      noClasses().should().haveNameMatching(".*(Utils?|Helper|Manager|Common|Impl)");

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
