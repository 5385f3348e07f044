package io.millrace;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.Timer;
import java.util.concurrent.Flow;

/**
 * The rules of the design page that code can break, by the root package that they are applied below: {@code io.millrace}
 * for the tree, another for the probes that show that each rule can fail.
 */
final class ArchitectureRules {
    private static final String[] JSON = {
        "com.fasterxml..", "com.google.gson..", "com.google.protobuf.util..", "io.vertx.core.json.."
    };

    private final String root;

    ArchitectureRules(String root) {
        this.root = root;
    }

    /** Rule 1. */
    ArchRule pureModulesUseNoRuntime() {
        return noClasses()
                .that(resideInAnyPackage(pure()))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.vertx..", "io.netty..", "ai.onnxruntime..", "java.lang.foreign..", "java.util.logging..")
                .because("engine, text, cluster and api are pure Java");
    }

    /** Rule 1. Flow's interfaces are a contract, not threads. */
    ArchRule pureModulesStartNoThreads() {
        return noClasses()
                .that(resideInAnyPackage(pure()))
                .should()
                .dependOnClassesThat(belongToAnyOf(Thread.class, Thread.Builder.class, Timer.class)
                        .or(resideInAnyPackage("java.util.concurrent..").and(not(belongToAnyOf(Flow.class)))))
                .because("an object of theirs is owned by one thread, and they start none");
    }

    /** Rule 1. */
    ArchRule pureModulesReadNoClock() {
        return noClasses()
                .that(resideInAnyPackage(pure()))
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .dependOnClassesThat(belongToAnyOf(Clock.class))
                .orShould()
                .callConstructor(Random.class)
                .orShould()
                .callMethod(Math.class, "random")
                .because("time and seed are passed in");
    }

    /** Nodes whose clocks are an hour apart work together: all they measure is time that has passed. Certificates do have dates. */
    ArchRule nobodyReadsTheTimeOfDay() {
        return noClasses()
                .that(resideInAnyPackage(root + ".."))
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .dependOnClassesThat(belongToAnyOf(Clock.class))
                .because("no two nodes agree on it");
    }

    /** Rule 2. */
    ArchRule onlyOrtRunsModels() {
        return noClasses()
                .that(not(resideInAnyPackage(below("ort"))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ai.onnxruntime..")
                .because("transport code cannot reach a session");
    }

    /** Rule 2. The model module reads its mapped file through memory segments. */
    ArchRule onlyOrtAndModelUseForeignMemory() {
        return noClasses()
                .that(not(resideInAnyPackage(below("ort", "model"))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.lang.foreign..")
                .because("native memory has its owners in ort and model");
    }

    /** Rule 3. The client module is a peer of the ingresses. */
    ArchRule onlyIngressesTouchSockets() {
        return noClasses()
                .that(not(resideInAnyPackage(below(
                        "verticles.ingress",
                        "verticles.edge",
                        "verticles.cluster",
                        "verticles.peer",
                        "verticles.app",
                        "client"))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx.core.net..", "io.vertx.core.http..", "io.vertx.ext.web..")
                .because("only ingress, edge, cluster, peer, app and the client know transports");
    }

    /** Rule 3. */
    ArchRule nobodyUsesInternals() {
        return noClasses()
                .that(resideInAnyPackage(below()))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx..impl..", "io.vertx..internal..", "io.netty..internal..")
                .because("internal packages of Vert.x and Netty change without notice");
    }

    /** Rule 3. */
    ArchRule onlyTheClusterKnowsItsMembers() {
        return noClasses()
                .that(not(resideInAnyPackage(below("verticles.cluster"))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.infinispan..", "org.jgroups..", "io.vertx.ext.cluster..")
                .because("who is a member is the business of one package");
    }

    /**
     * Rule 4. Wire's own JSON is the protocol's text form; text writes the file its tokenizer library
     * reads; model files hold JSON.
     */
    ArchRule jsonStaysInCodecs() {
        return noClasses()
                .that(not(resideInAnyPackage(below("openai", "wire", "verticles.app", "text", "model"))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(JSON)
                .because("past the codec there are types");
    }

    /** Rule 5. */
    ArchRule packagesHaveNoCycles() {
        return slices().matching(root + ".(**)").should().beFreeOfCycles();
    }

    /** Rule 5. */
    ArchRule clientsKnowNoServer() {
        return noClasses()
                .that(resideInAnyPackage(below("client", "wire", "openai", "loadtest")))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(below("verticles"))
                .because("a client runs without the server's code");
    }

    private String[] pure() {
        return below("engine", "text", "cluster", "api");
    }

    /** Package patterns below the root; none means all of it. */
    private String[] below(String... packages) {
        return packages.length == 0
                ? new String[] {root + ".."}
                : Arrays.stream(packages).map(name -> root + "." + name + "..").toArray(String[]::new);
    }
}
