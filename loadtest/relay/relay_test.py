"""python3 relay_test.py"""
import os
import socket
import subprocess
import sys
import time
import unittest

from lossy import SERVER, Link
from relay import Direction

HERE = os.path.dirname(os.path.abspath(__file__))
MILLISECOND = 1_000_000


def survivors(direction, packets):
    """The numbers of the packets that a direction lets pass."""
    passed = []
    for number in range(packets):
        direction.offer(b"x", number)
        if direction.flying:
            passed.append(number)
            direction.flying.clear()
    return passed


class Directions(unittest.TestCase):
    def test_the_same_seed_loses_the_same_packets(self):
        first = survivors(Direction(7, loss=0.02), 10_000)
        self.assertEqual(first, survivors(Direction(7, loss=0.02), 10_000))
        self.assertNotEqual(first, survivors(Direction(8, loss=0.02), 10_000))

    def test_as_many_are_lost_as_asked_for(self):
        for loss in (0, 0.01, 0.02, 0.5):
            lost = 100_000 - len(survivors(Direction(1, loss=loss), 100_000))
            self.assertAlmostEqual(lost / 100_000, loss, delta=0.003)

    def test_a_packet_arrives_after_the_delay_and_not_before(self):
        direction = Direction(1, delay=0.05)
        direction.offer(b"a", 0)
        direction.offer(b"b", 10 * MILLISECOND)
        self.assertEqual([], list(direction.due(50 * MILLISECOND - 1)))
        self.assertEqual([b"a"], list(direction.due(50 * MILLISECOND)))
        self.assertEqual(60 * MILLISECOND, direction.next_arrival())
        self.assertEqual([b"b"], list(direction.due(60 * MILLISECOND)))

    def test_at_a_rate_packets_are_sent_one_after_the_other(self):
        direction = Direction(1, delay=0.05, rate=8e6)      # a byte a microsecond
        for _ in range(3):
            direction.offer(bytes(1000), 0)
        self.assertEqual([51, 52, 53], [at // MILLISECOND for at, _ in direction.flying])

    def test_what_does_not_fit_the_queue_is_dropped(self):
        direction = Direction(1, rate=8e6, queue=2500)
        for _ in range(4):
            direction.offer(bytes(1000), 0)
        self.assertEqual((2, 2), (len(direction.flying), direction.overflowed))
        direction.offer(bytes(1000), MILLISECOND)
        self.assertEqual(3, len(direction.flying))


def can_make_hosts():
    return os.geteuid() == 0 and os.path.exists("/dev/net/tun")


@unittest.skipUnless(can_make_hosts(), "needs root and /dev/net/tun")
class Hosts(unittest.TestCase):
    def test_exactly_the_packets_of_the_seed_are_lost_between_two_hosts(self):
        expected = survivors(Direction(2 * 5, loss=0.2), 200)
        with Link(5, loss=0.2) as link:
            with socket_on(link.server) as server, socket_on(link.client) as client:
                server.bind((SERVER, 9))
                for number in range(200):
                    client.sendto(str(number).encode(), (SERVER, 9))
                self.assertEqual(expected, [int(server.recv(64)) for _ in expected])
        self.assertEqual((200, 200 - len(expected)), (link.up.taken, link.up.lost))
        self.assertEqual(0, link.client.unseeded_losses())

    def test_a_round_trip_takes_both_delays(self):
        with Link(1, delay=0.05) as link:
            with socket_on(link.server) as server, socket_on(link.client) as client:
                server.bind((SERVER, 9))
                begin = time.monotonic()
                client.sendto(b"ask", (SERVER, 9))
                server.sendto(b"answer", server.recvfrom(64)[1])
                client.recv(64)
                self.assertGreaterEqual(time.monotonic() - begin, 0.1)

    def test_tcp_brings_everything_through_a_link_that_loses(self):
        with Link(3, delay=0.002, loss=0.05) as link:
            listener = link.server.inside(lambda: socket.create_server((SERVER, 9)))
            client = link.client.inside(lambda: socket.create_connection((SERVER, 9), 30))
            listener.settimeout(30)
            server, _ = listener.accept()
            data = os.urandom(200_000)
            with listener, client, server:
                client.settimeout(30)
                server.sendall(data)
                server.shutdown(socket.SHUT_WR)
                self.assertEqual(data, b"".join(iter(lambda: client.recv(65536), b"")))
        self.assertGreater(link.down.lost, 0)

    def test_one_command_runs_both_sides_and_ends_as_the_client_does(self):
        ended = self.lossy("--ready", "8080/", "--delay-ms", "5", "--loss", "0.01",
                           "--server", f"exec {sys.executable} -m http.server 8080",
                           "--client", fetch() + "; exit 7")
        self.assertEqual(7, ended.returncode, ended.stderr)
        self.assertIn("relay.py", ended.stdout)
        self.assertIn("lossy: to the client", ended.stderr)

    def test_a_server_that_does_not_start_is_said(self):
        ended = self.lossy("--ready", "8080/", "--server", "exit 3", "--client", "true")
        self.assertEqual(1, ended.returncode)
        self.assertIn("exit code 3", ended.stderr)

    def lossy(self, *arguments):
        return subprocess.run([sys.executable, os.path.join(HERE, "lossy.py"), *arguments],
                              cwd=HERE, capture_output=True, text=True, timeout=100)


def fetch():
    return f"""{sys.executable} -c "import os, urllib.request
print(urllib.request.urlopen('http://' + os.environ['SERVER'] + ':8080/', timeout=60).read().decode())" """


def socket_on(host):
    made = host.inside(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    made.settimeout(30)
    return made


if __name__ == "__main__":
    unittest.main()
