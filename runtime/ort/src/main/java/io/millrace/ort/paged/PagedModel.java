package io.millrace.ort.paged;

import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.engine.ModelStage;
import io.millrace.model.paged.PagedPrecision;
import io.millrace.model.paged.Rank;
import io.millrace.model.paged.RankWeights;
import io.millrace.model.paged.ShardPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Loads the ranks of a plan, those of a stage at the same time, each on the thread that will run it. */
final class PagedModel {
    /** For which ranks wait for each other before all are given up. */
    static final long PATIENCE_SECONDS = 60;

    private final ModelManifest manifest;
    private final PagedPrecision precision;
    private final Limits limits;
    private final RankDevices devices;
    private final Weights weights;

    /** Opens the weights of a rank. */
    @FunctionalInterface
    interface Weights {
        RankWeights of(Rank rank);
    }

    PagedModel(ModelManifest manifest, PagedPrecision precision, Limits limits, RankDevices devices, Weights weights) {
        this.manifest = manifest;
        this.precision = precision;
        this.limits = limits;
        this.devices = devices;
        this.weights = weights;
    }

    /** @throws IOException with what is wrong, or what would fit */
    List<ModelStage> stages(ShardPlan plan) throws IOException {
        List<ModelStage> stages = new ArrayList<>();
        try {
            for (int i = 0; i < plan.pipeline(); i++) {
                List<Rank> ranks = plan.stage(i);
                int place = i * plan.tensorParallel();
                stages.add(ranks.size() == 1 ? load(ranks.getFirst(), place, new LoadingRanks()) : group(ranks, place));
            }
            return stages;
        } catch (IOException | RuntimeException e) {
            stages.forEach(ModelStage::close);
            throw e;
        }
    }

    private PagedRank load(Rank rank, int place, LoadingRanks loading) throws IOException {
        Owned owned = new Owned();
        try {
            RankModel model = new RankModel(manifest, rank, precision, limits);
            RankWeights mine = weights.of(rank);
            RankDevice device = loading.opened(devices.open(rank, place, precision));
            owned.add(device::close);
            return PagedRank.load(model, device, mine, devices.warmsUp(), owned);
        } catch (IOException | RuntimeException | Error e) {
            loading.failed(e); // first: what is queued may wait for others, and memory is released only behind it
            owned.close();
            throw e;
        }
    }

    private ModelStage group(List<Rank> ranks, int place) throws IOException {
        LoadingRanks loading = new LoadingRanks();
        List<ExecutorService> threads = new ArrayList<>();
        List<Future<PagedRank>> loads = new ArrayList<>();
        for (Rank rank : ranks) {
            int mine = place + rank.tpRank();
            threads.add(Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("millrace-rank-" + mine).factory()));
            loads.add(threads.getLast().submit(() -> load(rank, mine, loading)));
        }
        List<RankGroup.Member> members = new ArrayList<>();
        for (int i = 0; i < loads.size(); i++) {
            try {
                PagedRank rank = loads.get(i).get();
                members.add(new RankGroup.Member(threads.get(i), rank, rank::abort));
            } catch (ExecutionException e) {
                threads.get(i).shutdown();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                loading.failed(new IOException("interrupted while " + manifest.name() + " loads", e));
            }
        }
        RankGroup group = new RankGroup(members, PATIENCE_SECONDS);
        if (loading.reason().isPresent()) {
            group.close();
            throw asIo(loading.reason().get());
        }
        return group;
    }

    private static IOException asIo(Throwable cause) {
        return cause instanceof IOException io ? io : new IOException(cause.getMessage(), cause);
    }
}
