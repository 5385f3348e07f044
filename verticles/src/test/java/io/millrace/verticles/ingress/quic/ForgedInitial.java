package io.millrace.verticles.ingress.quic;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Random;

/** A QUIC Initial packet (RFC 9000, section 17.2.2) whose address token the server never made. */
record ForgedInitial(byte[] datagram) {
    private static final int DATAGRAM_BYTES = 1200;
    private static final int CONNECTION_ID_BYTES = 8;

    static ForgedInitial withToken(int length) {
        Random random = new Random(length);
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.write(0xc3);
        packet.writeBytes(new byte[] {0, 0, 0, 1});
        connectionId(random, packet);
        connectionId(random, packet);
        varint(length, packet);
        packet.writeBytes(random(random, length));
        int rest = DATAGRAM_BYTES - packet.size() - 2;
        varint(rest, packet);
        packet.writeBytes(random(random, rest));
        return new ForgedInitial(packet.toByteArray());
    }

    void sendTo(int port) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(datagram, datagram.length, InetAddress.getLoopbackAddress(), port));
        }
    }

    private static void connectionId(Random random, ByteArrayOutputStream packet) {
        packet.write(CONNECTION_ID_BYTES);
        packet.writeBytes(random(random, CONNECTION_ID_BYTES));
    }

    /** QUIC's two-byte form, RFC 9000, section 16. */
    private static void varint(int value, ByteArrayOutputStream packet) {
        packet.write(0x40 | value >> 8);
        packet.write(value & 0xff);
    }

    private static byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
