package io.millrace.ort.paged;

import io.millrace.engine.DeviceUse;
import io.millrace.model.paged.GraphDialect;
import io.millrace.model.paged.PagedPrecision;
import io.millrace.model.paged.Rank;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** The machine's processors as any number of devices. */
final class HostRankDevices implements RankDevices {
    private final int vocabulary;
    private final int threads;
    private final long patienceSeconds;

    /** By stage. Made by the first of its ranks that opens its device. */
    private final Map<Integer, HostSum> sums = new ConcurrentHashMap<>();

    /** @param threads of each rank */
    HostRankDevices(int vocabulary, int threads, long patienceSeconds) {
        this.vocabulary = vocabulary;
        this.threads = threads;
        this.patienceSeconds = patienceSeconds;
    }

    @Override
    public GraphDialect dialect() {
        return GraphDialect.HOST;
    }

    @Override
    public boolean warmsUp() {
        return false;
    }

    @Override
    public OptionalInt count() {
        return OptionalInt.empty();
    }

    @Override
    public RankDevice open(Rank rank, int place, PagedPrecision precision) {
        HostSum sum = sums.computeIfAbsent(rank.stage(), stage -> new HostSum(rank.tpSize(), patienceSeconds));
        return HostRankDevice.open(vocabulary, threads, sum, rank.tpRank());
    }

    @Override
    public Supplier<List<DeviceUse>> use() {
        return List::of;
    }

    @Override
    public String names() {
        return "host";
    }
}
