package io.millrace.client;

import io.millrace.api.TokenEvent;
import io.millrace.wire.Decoded;
import io.millrace.wire.Events;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Credit;
import io.millrace.wire.v1.ServerFrame;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One generation on one connection: opens it, passes its events on, sends credit. Once it is over, what still comes of it
 * is dropped. Owned by the client's context, like its {@link Owner}.
 */
final class Attachment implements Transport.Listener {

    /** The generation over all its connections. */
    interface Owner {

        /** The first frame, made only when it can be sent: it depends on demand. */
        ClientFrame opening();

        /** Tokens to grant now; 0 is none. */
        int grant();

        /** @throws ProtocolException where the event may not come now */
        void receive(TokenEvent event);

        void lost(Throwable cause);

        void fail(Throwable failure);
    }

    private final Owner owner;
    private Optional<Transport.FrameChannel> channel = Optional.empty();
    private boolean over;

    Attachment(Owner owner) {
        this.owner = owner;
    }

    void open(Transport transport) {
        transport.open(this).onComplete(this::opened, this::lost);
    }

    /** Sends what credit is due. */
    void grant() {
        int tokens = channel.isPresent() && !over ? owner.grant() : 0;
        if (tokens > 0) {
            Credit credit = Credit.newBuilder().setTokens(tokens).build();
            channel.get().send(ClientFrame.newBuilder().setCredit(credit).build());
        }
    }

    /** Ends this attachment and its generation. */
    void cancel() {
        end(Transport.FrameChannel::cancel);
    }

    /** Ends this attachment alone. */
    void finish() {
        end(Transport.FrameChannel::finish);
    }

    @Override
    public void frame(ServerFrame frame) {
        try {
            switch (Events.fromWire(frame)) {
                case Decoded.Value<List<TokenEvent>> events -> events.value().forEach(this::event);
                case Decoded.Malformed<List<TokenEvent>> malformed ->
                    broken(malformed.rejection().message());
            }
        } catch (ProtocolException e) {
            owner.fail(e);
        }
        grant();
    }

    @Override
    public void lost(Throwable cause) {
        if (!over) {
            finish();
            owner.lost(cause);
        }
    }

    @Override
    public void broken(String why) {
        owner.fail(new ProtocolException(why));
    }

    private void opened(Transport.FrameChannel opened) {
        if (over) {
            opened.finish();
            return;
        }
        channel = Optional.of(opened);
        opened.send(owner.opening());
    }

    private void event(TokenEvent event) {
        if (!over) {
            owner.receive(event);
        }
    }

    private void end(Consumer<Transport.FrameChannel> how) {
        if (!over) {
            over = true;
            channel.ifPresent(how);
        }
    }
}
