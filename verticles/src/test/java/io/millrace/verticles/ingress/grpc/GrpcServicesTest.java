package io.millrace.verticles.ingress.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import io.millrace.api.Limits;
import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.HttpFront;
import io.millrace.verticles.testing.RawGrpc;
import io.millrace.verticles.testing.TestReplica;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.health.v1.HealthCheckRequest;
import io.vertx.grpc.health.v1.HealthCheckResponse;
import io.vertx.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.vertx.grpc.reflection.v1.ServerReflectionRequest;
import io.vertx.grpc.reflection.v1.ServerReflectionResponse;
import io.vertx.grpc.reflection.v1.ServiceResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Health and reflection, beside the service itself, on a node that asks for keys. */
class GrpcServicesTest {
    private static final ApiKeys ONE_KEY = key -> key.equals("known") ? Optional.of("acme") : Optional.empty();
    private static final String CHECK = "grpc.health.v1.Health/Check";
    private static final String REFLECT = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

    private TestReplica replica;
    private HttpFront front;
    private RawGrpc client;

    @BeforeEach
    void start() {
        replica = new TestReplica(Limits.DEFAULTS, new CountingStage(CountingStage.UNLIMITED));
        front = new HttpFront(replica, ONE_KEY);
        client = new RawGrpc(replica.vertx, front.port());
    }

    @AfterEach
    void stop() {
        client.close();
        front.close();
        replica.close();
    }

    @Test
    void healthFollowsReadinessAndNeedsNoKey() throws Exception {
        for (String service : List.of("", "millrace.v1.Streams")) {
            assertEquals(ServingStatus.SERVING, health(service));
        }
        replica.streams.switchTo(new Replica.Unready("the model is loading"));
        assertEquals(ServingStatus.NOT_SERVING, health(""));
    }

    @Test
    void whatIsNotThereHasNoHealthAndNobodyWatches() {
        assertEquals(GrpcStatus.NOT_FOUND, ask(CHECK, "no.such.Service").status());
        assertEquals(
                GrpcStatus.UNIMPLEMENTED, ask("grpc.health.v1.Health/Watch", "").status());
    }

    @Test
    void reflectionTellsOfTheServiceAndItsMethods() throws Exception {
        ServerReflectionRequest list =
                ServerReflectionRequest.newBuilder().setListServices("").build();
        List<String> names = reflected(list).getListServicesResponse().getServiceList().stream()
                .map(ServiceResponse::getName)
                .toList();
        assertTrue(names.contains("millrace.v1.Streams"), names::toString);
        ServerReflectionRequest symbol = ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol("millrace.v1.Streams")
                .build();
        FileDescriptorProto file = FileDescriptorProto.parseFrom(
                reflected(symbol).getFileDescriptorResponse().getFileDescriptorProto(0));
        assertEquals(3, file.getService(0).getMethodCount());
    }

    @Test
    void reflectionNeedsAKey() {
        ServerReflectionRequest list =
                ServerReflectionRequest.newBuilder().setListServices("").build();
        assertEquals(
                GrpcStatus.UNAUTHENTICATED, client.ask(REFLECT, list, "unknown").status());
    }

    private ServerReflectionResponse reflected(ServerReflectionRequest request) throws Exception {
        return ServerReflectionResponse.parseFrom(
                client.ask(REFLECT, request, "known").bytes());
    }

    private ServingStatus health(String service) throws Exception {
        RawGrpc.Answer answer = ask(CHECK, service);
        assertEquals(GrpcStatus.OK, answer.status());
        return HealthCheckResponse.parseFrom(answer.bytes()).getStatus();
    }

    private RawGrpc.Answer ask(String method, String service) {
        return client.ask(
                method, HealthCheckRequest.newBuilder().setService(service).build(), "unknown");
    }
}
