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
                stages.add(ranks.size() == 1 ? load(ranks.getFirst(), place) : group(ranks, place));
            }
            return stages;
        } catch (IOException | RuntimeException e) {
            stages.forEach(ModelStage::close);
            throw e;
        }
    }

    private PagedRank load(Rank rank, int place) throws IOException {
        RankModel model = new RankModel(manifest, rank, precision, limits);
        RankWeights mine = weights.of(rank);
        return PagedRank.load(model, devices.open(rank, place, precision), mine, devices.warmsUp());
    }

    private ModelStage group(List<Rank> ranks, int place) throws IOException {
        List<ExecutorService> threads = new ArrayList<>();
        List<Future<PagedRank>> loading = new ArrayList<>();
        for (Rank rank : ranks) {
            int mine = place + rank.tpRank();
            threads.add(Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("millrace-rank-" + mine).factory()));
            loading.add(threads.getLast().submit(() -> load(rank, mine)));
        }
        List<RankGroup.Member> members = new ArrayList<>();
        IOException failure = null;
        for (int i = 0; i < loading.size(); i++) {
            try {
                PagedRank rank = loading.get(i).get();
                members.add(new RankGroup.Member(threads.get(i), rank, rank::abort));
            } catch (ExecutionException e) {
                threads.get(i).shutdown();
                failure = failure != null ? failure : asIo(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = new IOException("interrupted while " + manifest.name() + " loads", e);
            }
        }
        RankGroup group = new RankGroup(members, PATIENCE_SECONDS);
        if (failure != null) {
            group.close();
            throw failure;
        }
        return group;
    }

    private static IOException asIo(Throwable cause) {
        return cause instanceof IOException io ? io : new IOException(cause.getMessage(), cause);
    }
}
