package evenhand.fairness;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

/** The arrows of the design: {@code fairness -> autograd -> tensor <- kernels}. */
@AnalyzeClasses(packages = "evenhand", importOptions = ArchitectureTests.ProductionOnly.class)
class ArchitectureTests {
  private static final String TENSOR = "evenhand.tensor..";
  private static final String AUTOGRAD = "evenhand.autograd..";
  private static final String KERNELS = "evenhand.kernels..";
  private static final String FAIRNESS = "evenhand.fairness..";

  /** Leaves out tests, which come as directories or as the test-jars of earlier modules. */
  static final class ProductionOnly implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/test-classes/") && !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static void allModulesAreLookedAt(JavaClasses all) {
    assertThat(all).extracting(type -> type.getPackageName().split("\\.")[1])
        .contains("tensor", "autograd", "kernels", "fairness");
  }

  @ArchTest
  static final ArchRule tensorStandsOnTheJdkAlone = classes().that().resideInAPackage(TENSOR)
      .should().onlyDependOnClassesThat().resideInAnyPackage(TENSOR, "java..", "jdk.incubator.vector..");

  @ArchTest
  static final ArchRule autogradStandsOnTensorAndJacksonCore = classes().that().resideInAPackage(AUTOGRAD)
      .should().onlyDependOnClassesThat()
      .resideInAnyPackage(AUTOGRAD, TENSOR, "java..", "com.fasterxml.jackson.core..");

  @ArchTest
  static final ArchRule onlyFairnessUsesAutograd = noClasses().that().resideOutsideOfPackages(AUTOGRAD, FAIRNESS)
      .should().dependOnClassesThat().resideInAPackage(AUTOGRAD);

  @ArchTest
  static final ArchRule nothingUsesFairness = noClasses().that().resideOutsideOfPackage(FAIRNESS)
      .should().dependOnClassesThat().resideInAPackage(FAIRNESS);

  @ArchTest
  static final ArchRule kernelsAreAPlugIn = noClasses().that().resideOutsideOfPackage(KERNELS)
      .should().dependOnClassesThat().resideInAPackage(KERNELS)
      .because("they are found by ServiceLoader, and the program runs without them");

  @ArchTest
  static final ArchRule onlyKernelsKnowGraphicsLibraries = noClasses().that().resideOutsideOfPackage(KERNELS)
      .should().dependOnClassesThat().resideInAnyPackage("jcuda..", "org.jocl..");

  @ArchTest
  static final ArchRule theCpuEngineIsInternal = noClasses().that().resideOutsideOfPackage(TENSOR)
      .should().dependOnClassesThat().resideInAPackage("evenhand.tensor.cpu..")
      .because("a device is asked for by Device, whatever it runs on");

  @ArchTest
  static final ArchRule packagesHaveNoCycles = slices().assignedFrom(new Packages()).should().beFreeOfCycles();

  /**
   * Every package is a slice, but {@code tensor} with its two below is one: a tensor calls its device's backend, and
   * the backend's contract speaks of tensors.
   */
  private static final class Packages implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      String name = type.getPackageName();
      return SliceIdentifier.of(name.startsWith("evenhand.tensor") ? "evenhand.tensor" : name);
    }

    @Override
    public String getDescription() {
      return "packages";
    }
  }
}
