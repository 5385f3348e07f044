package io.millrace.client;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;

/** UDP between one client and a server, until it falls silent, as a host does that lost its power. */
final class DeafRelay implements AutoCloseable {
    private static final int DATAGRAM_BYTES = 65_536;

    private final DatagramSocket toClient;
    private final DatagramSocket toServer;
    private volatile SocketAddress client;
    private volatile boolean deaf;

    DeafRelay(int serverPort) throws SocketException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        toClient = new DatagramSocket(0, loopback);
        toServer = new DatagramSocket(0, loopback);
        SocketAddress server = new InetSocketAddress(loopback, serverPort);
        Thread.ofVirtual()
                .start(() -> relay(toClient, packet -> {
                    client = packet.getSocketAddress();
                    packet.setSocketAddress(server);
                    toServer.send(packet);
                }));
        Thread.ofVirtual()
                .start(() -> relay(toServer, packet -> {
                    packet.setSocketAddress(client);
                    toClient.send(packet);
                }));
    }

    private interface Forward {
        void send(DatagramPacket packet) throws IOException;
    }

    /** Ends when a socket is closed. */
    private void relay(DatagramSocket from, Forward forward) {
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(new byte[DATAGRAM_BYTES], DATAGRAM_BYTES);
                from.receive(packet);
                if (!deaf) {
                    forward.send(packet);
                }
            }
        } catch (IOException closed) {
            close();
        }
    }

    /** Where the client finds it. */
    int port() {
        return toClient.getLocalPort();
    }

    /** Nothing passes any more, and nobody is told. */
    void fallSilent() {
        deaf = true;
    }

    @Override
    public void close() {
        toClient.close();
        toServer.close();
    }
}
