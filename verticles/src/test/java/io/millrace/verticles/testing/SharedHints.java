package io.millrace.verticles.testing;

import io.millrace.verticles.cluster.HintBus;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Hints of nodes in one JVM, without a cluster. */
public final class SharedHints implements HintBus {
    private final List<Consumer<byte[]>> listeners = new CopyOnWriteArrayList<>();

    @Override
    public void publish(byte[] hint) {
        listeners.forEach(listener -> listener.accept(hint));
    }

    @Override
    public void listen(Consumer<byte[]> listener) {
        listeners.add(listener);
    }
}
