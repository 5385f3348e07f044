#!/usr/bin/env python3
"""Runs a server and a client on two hosts of one machine, with a link between them that delays and loses packets.

The hosts are network namespaces; a packet from one to the other passes this program, whether it is QUIC's or TCP's, and
each side's own kernel or library does what it does about loss. The server is at $SERVER, the client at $CLIENT (variables
of both commands). Ends with the client's exit code, and with everything taken down. Needs root and /dev/net/tun.

  lossy.py --delay-ms 50 --loss 0.01 --ready 8080/ --server 'python3 -m http.server 8080' \\
      --client 'curl -s http://$SERVER:8080/ -o /dev/null -w "%{time_total} s\\n"'
"""
import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.request

from namespaces import Host
from relay import Direction, Relay

CLIENT, SERVER = "10.77.0.1", "10.77.0.2"
STOP_SECONDS = 40           # longer than a node's drain
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))   # a proxy of the environment is not on this host


class Link:
    """Two hosts and what is between them. Use with `with`."""

    def __init__(self, seed=1, **direction):
        self.client, self.server = Host(CLIENT), Host(SERVER)
        # Seeds of their own: else the answer to a lost packet would be lost, too.
        self.up, self.down = Direction(2 * seed, **direction), Direction(2 * seed + 1, **direction)
        self.relay = Relay(self.client.tun, self.server.tun, self.up, self.down)

    def __enter__(self):
        self.relay.start()
        return self

    def __exit__(self, *_):
        self.relay.stop()

    def report(self):
        unseeded = self.client.unseeded_losses() + self.server.unseeded_losses()
        late = f"\nlossy: {unseeded} packets more were lost, as the relay did not keep up" if unseeded else ""
        return f"lossy: to the server {self.up}\nlossy: to the client {self.down}{late}"


def start(host, command):
    environment = {**os.environ, "CLIENT": CLIENT, "SERVER": SERVER}
    # A session of its own, so that what the command starts is stopped with it.
    return subprocess.Popen(["bash", "-c", command], env=environment, preexec_fn=host.enter, start_new_session=True)


def stop(process):
    """All that the command started: a shell may be gone before its children are."""
    deadline = time.monotonic() + STOP_SECONDS
    if signal_all(process, signal.SIGTERM):
        while signal_all(process, 0) and time.monotonic() < deadline:
            time.sleep(0.05)
        signal_all(process, signal.SIGKILL)
        process.wait()


def signal_all(process, number):
    """Whether there was anybody left to get it."""
    process.poll()      # or the shell, ended and not waited for, would count
    try:
        os.killpg(process.pid, number)
        return True
    except ProcessLookupError:
        return False


def await_ready(host, server, place, seconds):
    """Asked on the server's own host, so that nothing of it passes the link."""
    url = f"http://{SERVER}:{place}"
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"lossy: the server ended with exit code {server.returncode} before the client began")
        try:
            host.inside(lambda: DIRECT.open(url, timeout=2)).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"lossy: {url} does not answer well after {seconds} s")


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay-ms", type=float, default=0, help="each way (default 0)")
    parser.add_argument("--loss", type=float, default=0, help="share of packets, each way: 0.01 is 1%% (default 0)")
    parser.add_argument("--rate-mbit", type=float, help="megabits a second, each way (default: no limit)")
    parser.add_argument("--queue-kib", type=int, default=256, help="what waits to be sent at that rate (default 256)")
    parser.add_argument("--seed", type=int, default=1, help="of the losses (default 1)")
    parser.add_argument("--ready", metavar="PORT/PATH", help="what the client waits for: an answer to GET, as 8080/health/ready")
    parser.add_argument("--ready-seconds", type=int, default=120, help="how long (default 120)")
    parser.add_argument("--server", required=True, metavar="COMMAND", help="for bash; stopped when the client has ended")
    parser.add_argument("--client", required=True, metavar="COMMAND", help="for bash")
    given = parser.parse_args()
    if not 0 <= given.loss < 1 or given.delay_ms < 0 or (given.rate_mbit is not None and given.rate_mbit <= 0):
        parser.error("--loss is within 0 and 1, --delay-ms not below 0, --rate-mbit above 0")
    return given


def main():
    given = options()
    rate = given.rate_mbit and given.rate_mbit * 1e6
    with Link(given.seed, delay=given.delay_ms / 1e3, loss=given.loss, rate=rate, queue=given.queue_kib * 1024) as link:
        processes = []
        try:
            processes.append(start(link.server, given.server))
            if given.ready:
                await_ready(link.server, processes[0], given.ready, given.ready_seconds)
            processes.append(start(link.client, given.client))
            return processes[1].wait()
        finally:
            for process in reversed(processes):
                stop(process)
            print(link.report(), file=sys.stderr)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
