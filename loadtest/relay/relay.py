"""Packets from one side to the other and back, late, and some of them not at all.

A Direction decides, and knows no clock: the time is passed in, in nanoseconds. A Relay moves packets between two file
descriptors that give and take one IP packet at a time (TUN devices), on a thread of its own.
"""
import collections
import os
import random
import select
import threading
import time

LARGEST_PACKET = 65536
IPV4 = 4


class Direction:
    """One way of a link. The n-th packet's fate depends on the seed and on n alone; what passes keeps its order.

    delay: seconds from the end of sending to arrival; loss: share of packets that vanish, each by itself; rate: bits a
    second, or None for no limit; queue: bytes that may wait to be sent, beyond which packets are dropped.
    """

    def __init__(self, seed, delay=0.0, loss=0.0, rate=None, queue=256 * 1024):
        self.random = random.Random(seed)
        self.delay = round(delay * 1e9)
        self.loss = loss
        self.rate = rate
        self.queue = queue
        self.sent_at = 0            # when the last packet taken will be sent
        self.flying = collections.deque()
        self.taken = self.lost = self.overflowed = self.bytes = 0

    def offer(self, packet, now):
        """Takes a packet, unless it is lost or the queue is full."""
        self.taken += 1
        if self.random.random() < self.loss:
            self.lost += 1
            return
        start = max(now, self.sent_at)
        if self.rate:
            if (start - now) * self.rate / 8e9 + len(packet) > self.queue:
                self.overflowed += 1
                return
            start += round(len(packet) * 8e9 / self.rate)
        self.sent_at = start
        self.flying.append((start + self.delay, packet))

    def due(self, now):
        """The packets that have arrived by now."""
        while self.flying and self.flying[0][0] <= now:
            packet = self.flying.popleft()[1]
            self.bytes += len(packet)
            yield packet

    def next_arrival(self):
        """When there will be one, or None."""
        return self.flying[0][0] if self.flying else None

    def __str__(self):
        return f"{self.taken} packets, {self.lost} lost, {self.overflowed} dropped at a full queue, {self.bytes} bytes arrived"


class Relay(threading.Thread):
    """Owns both directions; they may be read once it has stopped."""

    def __init__(self, a, b, a_to_b, b_to_a):
        super().__init__(name="relay", daemon=True)
        self.ways = {a: (a_to_b, b), b: (b_to_a, a)}
        self.stop_read, self.stop_write = os.pipe()

    def run(self):
        for descriptor in self.ways:
            os.set_blocking(descriptor, False)
        while True:
            ready, _, _ = select.select([self.stop_read, *self.ways], [], [], self.patience())
            if self.stop_read in ready:
                return
            for descriptor in ready:
                self.take(descriptor)
            for direction, target in self.ways.values():
                for packet in direction.due(time.monotonic_ns()):
                    os.write(target, packet)

    def patience(self):
        arrivals = [at for at in (direction.next_arrival() for direction, _ in self.ways.values()) if at is not None]
        return max(0, min(arrivals) - time.monotonic_ns()) / 1e9 if arrivals else None

    def take(self, descriptor):
        direction = self.ways[descriptor][0]
        for _ in range(64):         # then the other side's turn
            try:
                packet = os.read(descriptor, LARGEST_PACKET)
            except BlockingIOError:
                return
            # The kernel looks for routers by IPv6 when it likes: that must not shift whose turn it is to be lost.
            if packet[0] >> 4 == IPV4:
                direction.offer(packet, time.monotonic_ns())

    def stop(self):
        os.write(self.stop_write, b".")
        self.join()
