package io.millrace.verticles.cluster;

import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jgroups.JChannel;
import org.jgroups.conf.ProtocolConfiguration;
import org.jgroups.conf.XmlConfigurator;
import org.jgroups.util.TLS;
import org.jgroups.util.TLSClientAuth;

/** The JGroups channel of a node, not connected yet. Its name is the node's id and what makes this start unique. */
final class MembershipChannel {
    /** A name of our own: {@code tcp.xml} is in the JGroups jar, too. */
    private static final String STACK = "/millrace-jgroups.xml";

    private static final String SEPARATOR = "#";

    private MembershipChannel() {}

    static JChannel open(ClusterSetup setup) throws Exception {
        try (InputStream file = MembershipChannel.class.getResourceAsStream(STACK)) {
            XmlConfigurator stack = XmlConfigurator.getInstance(file);
            Map<String, String> transport =
                    protocol(stack, DialingTcp.class.getName()).getProperties();
            transport.put("bind_addr", setup.host());
            transport.put("bind_port", Integer.toString(setup.membershipPort()));
            discover(stack, setup);
            JChannel channel = new JChannel(stack);
            channel.getProtocolStack().getTransport().setSocketFactory(mutualTls(setup));
            return channel.name(setup.nodeId() + SEPARATOR + UUID.randomUUID());
        }
    }

    /** The id of the node behind a member's name. */
    static String nodeId(String member) {
        return member.substring(0, Math.max(0, member.lastIndexOf(SEPARATOR)));
    }

    private static void discover(XmlConfigurator stack, ClusterSetup setup) {
        List<ProtocolConfiguration> protocols = stack.getProtocolStack();
        ProtocolConfiguration peers = protocol(stack, "TCPPING");
        if (setup.dns().isPresent()) {
            var dns = new ProtocolConfiguration(
                    "dns.DNS_PING", Map.of("dns_query", setup.dns().get()));
            protocols.set(protocols.indexOf(peers), dns);
        } else {
            peers.getProperties()
                    .put(
                            "initial_hosts",
                            setup.peers().stream()
                                    .map(MembershipChannel::bracketed)
                                    .collect(Collectors.joining(",")));
        }
    }

    private static org.jgroups.util.SocketFactory mutualTls(ClusterSetup setup) throws Exception {
        return new TLS()
                .enabled(true)
                .setSSLContext(setup.identity().context())
                .setClientAuth(TLSClientAuth.NEED)
                .createSocketFactory();
    }

    private static ProtocolConfiguration protocol(XmlConfigurator stack, String name) {
        return stack.getProtocolStack().stream()
                .filter(protocol -> protocol.getProtocolName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** JGroups' own spelling. */
    private static String bracketed(InetSocketAddress address) {
        return address.getHostString() + "[" + address.getPort() + "]";
    }
}
