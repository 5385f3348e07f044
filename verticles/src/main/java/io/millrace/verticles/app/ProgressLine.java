package io.millrace.verticles.app;

import java.io.Console;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on standard error, and nothing where no person looks. May be moved by any thread. */
final class ProgressLine implements AutoCloseable {
    private static final int REDRAW_MILLIS = 200;

    private final String task;
    private final long total;
    private final long unit;
    private final String unitName;
    /** Null until the first movement, so that what takes no time shows no bar. */
    private ProgressBar bar;

    /** @param unit how many steps make one of {@code unitName} */
    ProgressLine(String task, long total, String unitName, long unit) {
        this.task = task;
        this.total = total;
        this.unitName = unitName;
        this.unit = unit;
    }

    synchronized void to(long done) {
        if (terminal()) {
            shown().stepTo(Math.min(done, total));
        }
    }

    synchronized void step() {
        if (terminal()) {
            shown().step();
        }
    }

    @Override
    public synchronized void close() {
        if (bar != null) {
            bar.close();
        }
    }

    private ProgressBar shown() {
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName(task)
                    .setInitialMax(total)
                    .setUnit(" " + unitName, unit)
                    .setUpdateIntervalMillis(REDRAW_MILLIS)
                    .setStyle(ProgressBarStyle.ASCII)
                    .build();
        }
        return bar;
    }

    private static boolean terminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
