package io.millrace.ort.paged;

import io.millrace.engine.DeviceUse;
import io.millrace.model.paged.GraphDialect;
import io.millrace.model.paged.PagedPrecision;
import io.millrace.model.paged.Rank;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** The devices that a model is to run on, one a rank. */
interface RankDevices {
    GraphDialect dialect();

    /** Whether every size is run before requests come: where kernels are searched, and graphs captured. */
    boolean warmsUp();

    /** How many there are; empty where there can be any number. */
    OptionalInt count();

    /**
     * Opens a rank's device for the calling thread. Ranks of a stage are opened at the same time, each on its thread, since
     * they may have to meet.
     *
     * @param place of the rank in the whole plan
     * @throws IOException where the device does not start, with what is missing and how to get it
     */
    RankDevice open(Rank rank, int place, PagedPrecision precision) throws IOException;

    /** As {@link io.millrace.engine.LoadedModel#deviceUse}. */
    Supplier<List<DeviceUse>> use();

    /** For the log. */
    String names();
}
