package io.millrace.verticles.edge;

import io.millrace.verticles.peer.Offer;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.ServedModel;
import io.millrace.verticles.stream.Streams;
import java.util.Optional;
import java.util.function.Supplier;

/** A center offers edges what its own clients get: its model, or all nodes of its cluster where it is in one. */
public record CenterOffer(Streams streams) implements Supplier<Optional<Offer>> {

    @Override
    public Optional<Offer> get() {
        return switch (streams.replica()) {
            case Replica.Unready unready -> Optional.empty();
            case Replica.Ready ready -> {
                ServedModel model = ready.model();
                yield Optional.of(new Offer(model.name(), model.tokenizer(), ready.runner()));
            }
        };
    }
}
