package io.millrace.ort.paged;

import io.millrace.engine.DeviceUse;
import io.millrace.model.paged.GraphDialect;
import io.millrace.model.paged.PagedPrecision;
import io.millrace.model.paged.Rank;
import io.millrace.ort.capi.CustomOperator;
import io.millrace.ort.device.Device;
import io.millrace.ort.device.SampleBatch;
import io.millrace.ort.device.StepKernels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** Ranks' devices, with a test's own way to sample between a step's logits and its tokens. Nothing is captured. */
record TappedDevices(RankDevices devices, Sampling sampling) implements RankDevices {

    /** In the place of {@link StepKernels#sample}; called by the rank's thread. */
    @FunctionalInterface
    interface Sampling {
        void sample(Rank rank, Device device, SampleBatch batch);
    }

    @Override
    public GraphDialect dialect() {
        return devices.dialect();
    }

    @Override
    public boolean warmsUp() {
        return devices.warmsUp();
    }

    @Override
    public OptionalInt count() {
        return devices.count();
    }

    @Override
    public RankDevice open(Rank rank, int place, PagedPrecision precision) throws IOException {
        RankDevice opened = devices.open(rank, place, precision);
        return new Tapped(opened, tapped(rank, opened.device()));
    }

    private Device tapped(Rank rank, Device device) {
        StepKernels kernels = proxy(StepKernels.class, device.kernels(), (method, arguments) -> {
            if (!method.getName().equals("sample")) {
                return Optional.empty();
            }
            sampling.sample(rank, device, (SampleBatch) arguments[0]);
            return Optional.of(rank); // what a method without a result returns is not looked at
        });
        return proxy(Device.class, device, (method, arguments) -> switch (method.getName()) {
            case "kernels" -> Optional.of(kernels);
            case "capture" -> Optional.of(Optional.empty());
            default -> Optional.empty();
        });
    }

    /** Answers some of the calls of an interface; empty for those that go on to the object behind it. */
    private interface Answer {
        Optional<Object> to(Method method, Object[] arguments);
    }

    private static <T> T proxy(Class<T> type, T behind, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    Optional<Object> answered = answer.to(method, arguments);
                    try {
                        return answered.isPresent() ? answered.get() : method.invoke(behind, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private record Tapped(RankDevice behind, Device device) implements RankDevice {
        @Override
        public GraphDialect dialect() {
            return behind.dialect();
        }

        @Override
        public List<CustomOperator> operators() {
            return behind.operators();
        }

        @Override
        public void broadcast(MemorySegment memory) {
            behind.broadcast(memory);
        }

        @Override
        public void rehearse(Runnable work) {
            behind.rehearse(work);
        }

        @Override
        public void meetLoaded() {
            behind.meetLoaded();
        }

        @Override
        public void abort() {
            behind.abort();
        }

        @Override
        public void close() {
            behind.close();
        }
    }

    @Override
    public Supplier<List<DeviceUse>> use() {
        return devices.use();
    }

    @Override
    public String names() {
        return devices.names();
    }
}
