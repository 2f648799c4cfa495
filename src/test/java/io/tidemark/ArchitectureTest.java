package io.tidemark;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.tidemark.apply.Ownership;
import io.tidemark.schema.TableId;
import io.tidemark.settings.ConnectionSpec;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.annotation.Experimental;
import org.apache.flink.annotation.Public;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;

/** Which room may know which, and which libraries stay in which room. */
class ArchitectureTest {

  /** What the databases that are reached by JDBC have in common. */
  private static final String JDBC = "io.tidemark.database.jdbc..";

  /** What every vendor does alike. */
  private static final String SHARED = "io.tidemark.database.shared..";

  private static final String JSON = "com.fasterxml.jackson..";

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
  void settingsKnowSchema() {
    check(mayKnow("settings", "schema"));
  }

  @Test
  void stagingKnowsSchema() {
    check(mayKnow("staging", "schema"));
  }

  @Test
  void databaseIsInterfacesOverSchemaChangeAndSettings() {
    check(mayKnow("database", "schema", "change", "settings"));
  }

  @Test
  void protocolKnowsOnlyTheInterfaces() {
    check(mayKnow("protocol", "schema", "change", "database"));
  }

  @Test
  void sinkKnowsOnlyItsDecisionsAndTheInterfaces() {
    check(mayKnow("sink", "schema", "change", "database", "apply", "settings"));
  }

  @Test
  void sourceKnowsOnlyProtocolAndTheInterfaces() {
    check(mayKnow("source", "schema", "change", "database", "protocol", "settings"));
  }

  @Test
  void whatTheSinkDecidesKnowsOnlyTheInterfaces() {
    check(mayKnow("apply", "schema", "change", "database"));
  }

  @Test
  void verifyKnowsOnlyTheInterfaces() {
    check(mayKnow("verify", "schema", "change", "database", "settings"));
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
            .and()
            .resideOutsideOfPackage(JDBC)
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
            .ignoreDependency(alwaysTrue(), resideInAnyPackage(SHARED, JDBC)));
  }

  @Test
  void whatVendorsShareIsTheirsAlone() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.tidemark.database.(*)..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(SHARED));
    check(mayKnow("database.shared", "database", "schema", "change", "settings"));
  }

  /** The rooms of a vendor's folder in the order in which a room may know those before it. */
  private static final Map<String, List<String>> FLOORS =
      Map.of(
          "postgres",
          List.of(
              "position",
              "session",
              "value",
              "catalog",
              "write",
              "key",
              "log",
              "ddl",
              "snapshot",
              "compare",
              "check",
              "control",
              "portable"),
          "mysql",
          List.of(
              "position",
              "session",
              "catalog",
              "key",
              "value",
              "wire",
              "rows",
              "log",
              "snapshot",
              "control",
              "write",
              "ddl",
              "check"));

  @Test
  void everyRoomOfAVendorHasItsFloor() {
    FLOORS.forEach(
        (vendor, rooms) -> {
          String folder = "io.tidemark.database." + vendor;
          List<String> there =
              PRODUCT.stream()
                  .map(JavaClass::getPackageName)
                  .filter(name -> name.startsWith(folder + "."))
                  .map(name -> name.substring(folder.length() + 1))
                  .distinct()
                  .toList();
          assertThat(rooms).containsExactlyInAnyOrderElementsOf(there);
        });
  }

  @Test
  void roomsOfAVendorKnowOnlyTheFloorsBelow() {
    FLOORS.forEach(
        (vendor, rooms) -> {
          String folder = "io.tidemark.database." + vendor;
          for (int floor = 0; floor < rooms.size(); floor++) {
            String[] above =
                Stream.concat(
                        Stream.of(folder),
                        rooms.subList(floor + 1, rooms.size()).stream()
                            .map(room -> folder + "." + room))
                    .toArray(String[]::new);
            check(
                noClasses()
                    .that()
                    .resideInAPackage(folder + "." + rooms.get(floor))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(above));
          }
        });
  }

  /** What is public inside of a vendor's folder is so for its own rooms. */
  @Test
  void outsidersSeeOnlyAVendorsFacade() {
    for (String vendor : FLOORS.keySet()) {
      String folder = "io.tidemark.database." + vendor;
      check(
          noClasses()
              .that()
              .resideOutsideOfPackage(folder + "..")
              .should()
              .dependOnClassesThat()
              .resideInAPackage(folder + ".(*).."));
    }
  }

  /**
   * Whoever claims a stream is judged by {@code apply.Ownership}, which the simulation tries. The
   * ledger's texts are JSON.
   */
  @Test
  void whatJdbcDatabasesShareKnowsOnlyTheInterfaces() {
    check(
        classes()
            .that()
            .resideInAPackage(JDBC)
            .should()
            .onlyDependOnClassesThat(
                resideInAnyPackage(
                        JDBC,
                        SHARED,
                        "io.tidemark.database",
                        "io.tidemark.settings..",
                        "io.tidemark.change..",
                        "io.tidemark.schema..",
                        "io.tidemark.staging..",
                        "java..",
                        // The options of a socket that only this JDK has.
                        "jdk.net..",
                        JSON,
                        "org.jspecify..",
                        "org.slf4j..",
                        "com.google.errorprone..",
                        "")
                    .or(equivalentTo(Ownership.class))));
  }

  @Test
  void onlyVendorFoldersKnowWhatJdbcDatabasesShare() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.tidemark.database.(*)..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(JDBC));
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
  void nobodyKnowsTheTablesOfSql() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("io.tidemark.table..", "io.tidemark.pipeline..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.tidemark.table.."));
    check(
        mayKnow(
            "table",
            "schema",
            "change",
            "settings",
            "staging",
            "sink",
            "database",
            "source",
            "job",
            JSON));
  }

  @Test
  void nobodyKnowsThePipelines() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.tidemark.pipeline..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.tidemark.pipeline..", "org.apache.flink.cdc.."));
    check(
        mayKnow(
            "pipeline",
            "schema",
            "change",
            "settings",
            "staging",
            "sink",
            "database",
            "source",
            "job",
            "table.."));
  }

  @Test
  void onlyTheDemoKnowsTheLab() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("io.tidemark.lab..", "io.tidemark.cli.demo..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.tidemark.lab.."));
  }

  /** Servers are lent to whoever asks: the lab says how to reach one, and knows no more of us. */
  @Test
  void theLabKnowsOnlyHowAServerIsReached() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.tidemark.lab..")
            .should()
            .dependOnClassesThat(
                resideInAPackage("io.tidemark..")
                    .and(not(resideInAPackage("io.tidemark.lab..")))
                    .and(not(equivalentTo(ConnectionSpec.class)))
                    .or(resideInAPackage("org.apache.flink.."))));
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
                "io.tidemark.pipeline..",
                "io.tidemark.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.flink.."));
  }

  @Test
  void jsonIsReadByTheLedgerAndTheTablesOfSql() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(JDBC, "io.tidemark.table..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(JSON));
  }

  /**
   * What Flink promises to keep. Of what it does not, this is left:
   *
   * <ul>
   *   <li>{@code ThrowableAnnotation} and its {@code ThrowableType}: there is no other way to tell
   *       Flink that a failure is not to be followed by a restart. A {@code FailureEnricher} only
   *       labels failures, and {@code SuppressRestartsException} is internal too.
   *   <li>{@code StreamRecord} and its {@code StreamElement}: {@code Input}, which is promised, has
   *       it in its methods, and only an operator can do something before a barrier.
   * </ul>
   */
  @Test
  void onlyTheCommandLineKnowsFlinksInternals() {
    DescribedPredicate<JavaClass> internal =
        DescribedPredicate.describe(
            "are internal to Flink",
            known ->
                known.getPackageName().startsWith("org.apache.flink.")
                    && !isPromised(known)
                    && !known.isEquivalentTo(ThrowableAnnotation.class)
                    && !known.isEquivalentTo(ThrowableType.class)
                    && !known.isEquivalentTo(StreamRecord.class)
                    && !known.isEquivalentTo(StreamElement.class));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.tidemark.cli..")
            .should()
            .dependOnClassesThat(internal));
  }

  private static boolean isPromised(JavaClass known) {
    return known.isAnnotatedWith(Public.class)
        || known.isAnnotatedWith(PublicEvolving.class)
        || known.isAnnotatedWith(Experimental.class)
        || isPromisedByFlinkCdc(known)
        || known.getEnclosingClass().map(ArchitectureTest::isPromised).orElse(false);
  }

  /**
   * Flink CDC marks few of the classes that a connector has to do with. Its data, types, schemas
   * and events are what every connector is made of; its annotations have other names than Flink's.
   */
  private static boolean isPromisedByFlinkCdc(JavaClass known) {
    return known.getPackageName().startsWith("org.apache.flink.cdc.common.")
        || known.getPackageName().equals("org.apache.flink.cdc.runtime.typeutils");
  }

  @Test
  void jdbcStaysAtTheEdges() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "io.tidemark.database.(*)..",
                "io.tidemark.cutover..",
                "io.tidemark.cli.demo..",
                "io.tidemark.lab..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "javax.sql.."));
  }

  @Test
  void driversStayInTheVendorFolders() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "io.tidemark.database.(*)..", "io.tidemark.cli.demo..", "io.tidemark.lab..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.postgresql.."));
  }

  /** A room is a place where somebody finds his way. */
  @Test
  void noRoomHoldsTooMuch() {
    Map<String, Long> files =
        PRODUCT.stream()
            .filter(JavaClass::isTopLevelClass)
            .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
    assertThat(files).allSatisfy((room, count) -> assertThat(count).as(room).isLessThan(33L));
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
      allowed[i] = others[i].equals(JSON) ? JSON : "io.tidemark." + others[i];
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
