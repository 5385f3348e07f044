package io.millrace.ort.paged;

import io.millrace.engine.DeviceUse;
import io.millrace.model.paged.GraphDialect;
import io.millrace.model.paged.PagedPrecision;
import io.millrace.model.paged.Rank;
import io.millrace.ort.capi.CustomOperator;
import io.millrace.ort.capi.KernelCall;
import io.millrace.ort.device.Device;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** Ranks that never sum and never wait for each other: what a step takes less than with sums is what those take. */
record SumlessDevices(RankDevices devices) implements RankDevices {
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
        return new Sumless(devices.open(rank, place, precision));
    }

    private record Sumless(RankDevice behind) implements RankDevice {
        @Override
        public Device device() {
            return behind.device();
        }

        @Override
        public GraphDialect dialect() {
            return behind.dialect();
        }

        @Override
        public List<CustomOperator> operators() {
            return behind.operators().stream()
                    .map(operator -> operator.name().equals("AllReduce") ? zeros(operator) : operator)
                    .toList();
        }

        private CustomOperator zeros(CustomOperator sum) {
            return new CustomOperator(
                    sum.name(), sum.provider(), sum.inputs(), sum.outputs(), attributes -> this::zero);
        }

        private void zero(KernelCall call) {
            device().fill(call.output(0, call.input(0).shape()), (byte) 0);
        }

        @Override
        public void broadcast(MemorySegment memory) {}

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
