package io.millrace.verticles.cluster;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jgroups.BytesMessage;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.Receiver;
import org.jgroups.fork.ForkChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hints on the membership channel itself, beside Infinispan's messages.
 *
 * <p>Not on Vert.x's event bus: who listens there stands in a replicated cache, and when parts of a cluster that could not
 * see each other meet again the cache of one part wins; nodes of the other part would be heard by nobody from then on.
 */
final class ChannelHints implements HintBus, Receiver {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelHints.class);

    private final List<Consumer<byte[]>> listeners = new CopyOnWriteArrayList<>();
    private final ForkChannel channel;

    /** @param members connected, with FORK in its stack */
    ChannelHints(JChannel members) throws Exception {
        channel = new ForkChannel(members, "millrace", "hints");
        channel.setReceiver(this);
        channel.setDiscardOwnMessages(true);
        channel.connect("hints");
    }

    /** On a thread of its own: JGroups makes senders wait where a receiver is behind. */
    @Override
    public void publish(byte[] hint) {
        Thread.startVirtualThread(() -> {
            try {
                channel.send(new BytesMessage(null, hint).setFlag(Message.Flag.NO_RELIABILITY));
            } catch (Exception e) {
                LOG.debug("a hint was not sent: {}", e.getMessage());
            }
        });
    }

    @Override
    public void listen(Consumer<byte[]> listener) {
        listeners.add(listener);
    }

    @Override
    public void receive(Message message) {
        byte[] hint = new byte[message.getLength()];
        System.arraycopy(message.getArray(), message.getOffset(), hint, 0, hint.length);
        listeners.forEach(listener -> listener.accept(hint));
    }
}
