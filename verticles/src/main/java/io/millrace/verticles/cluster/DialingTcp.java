package io.millrace.verticles.cluster;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jgroups.Address;
import org.jgroups.blocks.cs.TcpConnection;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.TCP;
import org.jgroups.util.Util;

/**
 * JGroups' TCP, with connections made beside the thread that sends.
 *
 * <p>JGroups 5.4 makes a connection in the one thread that sends everything, heartbeats too, and holds a lock meanwhile that every
 * other new connection needs. A host that is off or cut off does not refuse, and a process that is stopped does not even let
 * go after the handshake has begun. MERGE3 asks for such members every few seconds, so that those who do hear each other
 * miss each other's heartbeats.
 *
 * <p>What is sent meanwhile waits for the connection, up to {@link #MAX_WAITING} messages for a member, and is lost where it
 * fails or more comes: JGroups repeats what matters, as after any lost packet. Any thread may send.
 */
public final class DialingTcp extends TCP {
    /** Bundles of up to 60 KB; the first of a conversation are far smaller. */
    private static final int MAX_WAITING = 64;

    /** Messages for members that are being connected to. */
    private final ConcurrentHashMap<Address, Queue<byte[]>> waiting = new ConcurrentHashMap<>();

    /** Made by JGroups, by name. */
    public DialingTcp() {
        setId(ClassConfigurator.getProtocolId(TCP.class));
    }

    @Override
    public void send(Address member, byte[] data, int offset, int length) throws Exception {
        if (srv.connectionEstablishedTo(member) || member.equals(srv.localAddress())) {
            super.send(member, data, offset, length);
            return;
        }
        byte[] message = Arrays.copyOfRange(data, offset, offset + length);
        waiting.compute(member, (key, queue) -> {
            Queue<byte[]> messages = queue;
            if (messages == null) {
                messages = new ArrayDeque<>();
                Thread.startVirtualThread(() -> deliver(member));
            }
            if (messages.size() < MAX_WAITING) {
                messages.add(message);
            }
            return messages;
        });
    }

    private void deliver(Address member) {
        try {
            if (!srv.connectionEstablishedTo(member)) {
                dial(member);
            }
            byte[] message = next(member);
            while (message != null) {
                super.send(member, message, 0, message.length);
                message = next(member);
            }
        } catch (Exception unreachable) {
            log.debug("%s: not sent to %s: %s", local_addr, member, unreachable);
            waiting.remove(member);
        }
    }

    /** Null, and the member is not waited for any more, where all has been sent. */
    private byte[] next(Address member) {
        byte[][] first = new byte[1][];
        waiting.computeIfPresent(member, (key, queue) -> {
            first[0] = queue.poll();
            return first[0] == null ? null : queue;
        });
        return first[0];
    }

    /** What JGroups' server does for a first message, without its lock, and with an end to the TLS handshake. */
    private void dial(Address member) throws Exception {
        TcpConnection connection = new TcpConnection(member, srv);
        srv.replaceConnection(member, connection);
        Future<?> deadline = getTimer()
                .schedule(
                        () -> Util.close(connection),
                        sock_conn_timeout + peer_addr_read_timeout,
                        TimeUnit.MILLISECONDS);
        try {
            connection.connect(member);
            srv.notifyConnectionEstablished(connection);
            connection.start();
        } catch (Exception e) {
            srv.removeConnectionIfPresent(member, connection);
            throw e;
        } finally {
            deadline.cancel(false);
        }
    }
}
